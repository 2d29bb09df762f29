"""2 to 40 clients at once over three gateways with one store: one winner for each name, no lost update.

The gateways are started as users start them, and so is Replicon's simulator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.end_to_end.processes import start
from tests.matrix.gatherings import BACKENDS, GATHERINGS
from tests.matrix.races import RACES, Event, Race
from tests.matrix.soundness import sound
from tests.matrix.world import TOKEN, World, configuration, environment

SIZES = (2, 6, 40)
CROWD, FEW = 8, 4
"""Clients at the groups of one backend, on SQLite and on Azure."""
GATEWAYS = 3
ALLOWED = {200, 201, 204, 400, 404, 409, 503}
Tell = Callable[[str], None]
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Arena:
    """One store with all backends, and the URLs of the gateways."""

    folder: Path
    store: str
    replicon: str
    kintone: str
    gateways: Sequence[str]


@pytest.fixture(scope="module", params=["SQLite", "Azure Table Storage"])
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Processes for all races on one store."""
    folder = tmp_path_factory.mktemp("arena")
    azure = request.param != "SQLite"
    store = f"tables:{request.getfixturevalue('tables')}" if azure else f"sqlite:{folder}/map.db"
    with ExitStack() as running:

        def started(*arguments: str) -> str:
            process = start([*arguments, "--port", "0"], folder / "log", environment(folder, store))
            running.callback(process.stop)
            return process.url

        replicon = started("simulators.replicon", "--password", TOKEN)
        kintone = started("simulators.kintone", "--password", TOKEN)
        config = folder / "gateway.toml"
        config.write_text(configuration(folder, replicon, store, kintone))
        gateways = [started("gateway", "serve", "--config", str(config), "--quiet") for _ in range(GATEWAYS)]
        yield Arena(folder, store, replicon, kintone, gateways)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
async def test_requests_at_once_have_one_outcome(race: Event, arena: Arena, tell: Tell) -> None:
    sizes = SIZES if arena.store.startswith("sqlite:") else SIZES[1:2]
    await _raced(race, product(RACES[race], sizes), arena, tell)


@pytest.mark.parametrize("race", GATHERINGS, ids=lambda race: race.__name__)
async def test_changes_of_groups_at_once_lose_nothing(race: Event, arena: Arena, tell: Tell) -> None:
    sqlite = arena.store.startswith("sqlite:")
    runs = [(backend, CROWD) for backend in BACKENDS] if sqlite else [(backend, FEW) for backend in BACKENDS[-2:]]
    await _raced(race, runs, arena, tell)


async def _raced(race: Event, runs: Iterable[tuple[str, int]], arena: Arena, tell: Tell) -> None:
    place = World(folder=arena.folder, store=arena.store, replicon=arena.replicon, kintone=arena.kintone)
    sqlite = arena.store.startswith("sqlite:")
    failures, answers = [], Counter[int]()
    async with place.http:
        for connection, size in runs:
            one = Race(place, arena.gateways, connection, size, f"{race.__name__}-{size}")
            try:
                await race(one)
                assert one.told.keys() <= ALLOWED
                if sqlite:
                    sound(place, connection)
            except AssertionError as error:
                failures.append(f"{connection}, {size} clients: {error}")
            answers += one.told
    where = "SQLite" if sqlite else "Azure Table Storage"
    tell(f"races on {where}, {race.__name__}: answers {dict(sorted(answers.items()))}")
    assert not failures, "\n".join(failures)
