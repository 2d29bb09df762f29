"""2 to 40 clients at once over three gateway processes with one store: one winner for each name, no lost update."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.matrix.races import RACES, Event, Race
from tests.matrix.world import World, world

SIZES = (2, 6, 40)
GATEWAYS = 3
ALLOWED = {200, 201, 204, 404, 409, 503}
pytestmark = pytest.mark.slow


async def run(place: World, race: Event, sizes: tuple[int, ...]) -> None:
    """A race on each of its connections and in each size; all that went wrong is told."""
    gateways = [await place.forks.start() for _ in range(GATEWAYS)]
    failures = []
    for connection in RACES[race]:
        for size in sizes:
            one = Race(place, gateways, connection, size, f"{race.__name__}-{size}")
            try:
                await race(one)
                assert one.told.keys() <= ALLOWED
            except AssertionError as error:
                failures.append(f"{connection}, {size} clients: {error}")
            print(f"{race.__name__}, {connection}, {size} clients: answers {dict(sorted(one.told.items()))}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
async def test_requests_at_once_have_one_outcome(race: Event, tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        await run(place, race, SIZES)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
async def test_it_is_so_on_azure_table_storage(race: Event, tmp_path: Path, tables: str) -> None:
    async with world(tmp_path, store=f"tables:{tables}") as place:
        await run(place, race, (6,))
