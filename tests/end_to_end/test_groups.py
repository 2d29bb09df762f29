"""Groups of a company, pushed by Entra and by Okta while the gateway is killed: memberships are exact on both sides."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators import entra, okta
from simulators.entra.generated import Generated
from simulators.entra.generated_groups import GeneratedGroups
from simulators.entra.groups import Group
from simulators.okta.company import Company
from tests.azurite.server import free_port
from tests.end_to_end.processes import Process, start
from tests.end_to_end.test_okta_to_directory import expected
from tests.matrix.world import TOKEN, World, configuration, environment, token_of

pytestmark = pytest.mark.slow
PEOPLE, GROUPS = 24, 4
ROUNDS, TROUBLED, ATTEMPTS = 3, 2, 10
"""Of a round so many cycles are disturbed, and so many later one must have been without fault."""
OWN = ("everyone", "Everyone", "Administrators")
"""Groups that Kintone has from the beginning."""
Members = dict[str, set[str]]
"""Group name to logins."""


@dataclass
class Place:
    """A gateway that may be killed at any time, before a backend of one kind."""

    folder: Path
    connection: str
    port: int
    gateway: Process
    world: World
    kills: int = 0

    @property
    def tenant(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.connection}/scim/v2"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def restart(self) -> None:
        self.gateway = _gateway(self.folder, self.port)

    def settles(self, cycle: Callable[[], int]) -> None:
        """Kill the gateway within some cycles and let others follow until one is without fault."""
        for _ in range(TROUBLED):
            with _Killer(self):
                cycle()
        for _ in range(ATTEMPTS):
            if cycle() == 0:
                return
        raise AssertionError(self.gateway.log.read_text()[-2000:])

    def compare(self, people: set[str], groups: Members) -> None:
        """Who is enabled and who is in which group, in the backend and for clients. Of people who are out of scope
        nobody told the gateway."""
        accounts = asyncio.run(self._accounts())
        found = asyncio.run(self._groups())
        held = {name: _folded(who) & people for name, who in found.items() if name not in OWN}
        assert _folded(accounts) >= people and len(accounts) == len(_folded(accounts))
        assert held == {name: _folded(who) for name, who in groups.items()}
        with httpx.Client(headers={"authorization": f"Bearer {token_of(self.connection)}"}, timeout=30) as client:
            users, teams = (client.get(f"{self.tenant}/{kind}?count=1000").json() for kind in ("Users", "Groups"))
        logins = {one["id"]: one["userName"].casefold() for one in users["Resources"]}
        told: Members = {}
        for one in teams["Resources"]:
            assert one["displayName"] not in told, "nothing is there twice"
            told[one["displayName"]] = {logins[member["value"]] for member in one.get("members", [])} & people
        assert {name: who for name, who in told.items() if name not in OWN} == held

    async def _accounts(self) -> set[str]:
        async with self._reading() as world:
            return {one["login"] for one in await world.accounts(self.connection) if one["enabled"] in (True, 1)}

    async def _groups(self) -> Members:
        async with self._reading() as world:
            return await world.groups(self.connection)

    def _reading(self) -> _Reading:
        return _Reading(self.world)


class _Reading:
    """The world with a client of this event loop."""

    def __init__(self, world: World) -> None:
        self._world = replace(world, http=httpx.AsyncClient(trust_env=False, timeout=30))

    async def __aenter__(self) -> World:
        return self._world

    async def __aexit__(self, *_: object) -> None:
        await self._world.http.aclose()


def _folded(logins: set[str]) -> set[str]:
    return {login.casefold() for login in logins}


class _Killer(threading.Thread):
    """Kills the gateway every few requests, until it is told to stop; its log has a line for each."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place, self._over = place, threading.Event()
        self._chance = random.Random(str(place.folder.name))

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while self._after(self._chance.randint(5, 25)):
            self._place.gateway.kill()
            self._place.kills += 1
            self._place.restart()

    def _after(self, requests: int) -> bool:
        seen = self._lines()
        while self._lines() < seen + requests:
            if self._over.wait(0.01):
                return False
        return True

    def _lines(self) -> int:
        return self._place.gateway.log.read_bytes().count(b"\n")


def _gateway(folder: Path, port: int) -> Process:
    command = ["gateway", "serve", "--config", str(folder / "gateway.toml"), "--port", str(port)]
    return start(command, folder / "log", environment(folder, ""))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as running:
        site = start(["simulators.kintone", "--port", "0", "--password", TOKEN], tmp_path / "kintone.log")
        running.callback(site.stop)
        store = f"sqlite:{tmp_path}/map.db"
        (tmp_path / "gateway.toml").write_text(configuration(tmp_path, store=store, kintone=site.url))
        port = free_port()
        world = World(folder=tmp_path, store=store, kintone=site.url)
        made = Place(tmp_path, request.param, port, _gateway(tmp_path, port), world)
        yield made
        made.gateway.stop()


def _teams(source: Generated) -> list[Group]:
    """Groups of people; Kintone has no others."""
    found = list(GeneratedGroups(GROUPS, source))
    names = {group.display_name for group in found}
    return [replace(group, members=tuple(one for one in group.members if one not in names)) for group in found]


@pytest.mark.parametrize(("place", "flag"), [("poor", False), ("kintone", True)], indirect=["place"])
def test_entra(place: Place, flag: bool) -> None:
    for round in range(ROUNDS):
        edits = tuple(range(1, round + 1))
        source = Generated(PEOPLE, 5, edits, 0.3)

        def cycle(edits: tuple[int, ...] = edits, source: Generated = source) -> int:
            company: dict[str, Any] = {
                "users": PEOPLE,
                "seed": 5,
                "edit_seeds": edits,
                "edit_share": 0.3,
                "groups": _teams(source),
            }
            settings: dict[str, Any] = {
                "state": place.state,
                "flag": flag,
                "members_per_patch": 3,
                "patience": 3,
                "timeout": 20,
            }
            told = entra.run(entra.Options(place.tenant, token_of(place.connection), **company, **settings))
            return told.exit_status

        place.settles(cycle)
        people = {one.user_principal_name.casefold() for one in source if one.why_skipped is None and one.enabled}
        members = {group.display_name: {*group.members} for group in _teams(source)}
        place.compare(people, {name: {one for one in who if one.casefold() in people} for name, who in members.items()})
    assert place.kills >= ROUNDS


@pytest.mark.parametrize(("place", "app"), [("directory", "catalog"), ("kintone", "wizard")], indirect=["place"])
def test_okta(place: Place, app: str) -> None:
    for round in range(ROUNDS):
        company = Company(PEOPLE, GROUPS, edit_seed=round or None)

        def cycle(company: Company = company) -> int:
            told = okta.run(
                okta.Options(
                    place.tenant,
                    token_of(place.connection),
                    source=company,
                    state=place.state,
                    app=app,  # type: ignore[arg-type]
                    create_groups="members" if app == "wizard" else "empty",
                    patience=3,
                    timeout=20,
                )
            )
            return told.exit_status or len(told.tasks)

        place.settles(cycle)
        place.compare(*expected(company))
    assert place.kills >= ROUNDS
