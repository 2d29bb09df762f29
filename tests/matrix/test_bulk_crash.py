"""Gateways are killed within a Bulk, at any call, and others are sent the same Bulk until it is done."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.matrix.forks import Gateway, forks
from tests.matrix.many import for_each
from tests.matrix.soundness import settled
from tests.matrix.world import DEADLINE, LEASE, Client, Mortal, configuration, environment

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
AT_ONCE = 8
STRIDE = 7
"""How many calls more than the one before every life of a gateway has."""
Tell = Callable[[str], None]
pytestmark = pytest.mark.slow


@dataclass
class Case:
    """One Bulk about people and groups of its own; a gateway that is sent it dies `at` a call."""

    world: Mortal
    connection: str
    name: str
    at: int = 0
    moment: str = "-"
    ids: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} killed {self.moment} call {self.at}"

    @property
    def operations(self) -> list[dict[str, Any]]:
        """All there is: forward, backward, a circle, a path, a rename, a deletion. No two calls go on at once."""
        one = self.name
        return [
            _post("Groups", "outer", displayName=f"{one}-outer", members=_members("inner")),
            _post("Groups", "inner", displayName=f"{one}-inner", members=_members("ada")),
            _post("Users", "ada", userName=f"{one}-ada", **{ENTERPRISE: {"manager": {"value": "bulkId:bob"}}}),
            _post("Users", "bob", userName=f"{one}-bob", **{ENTERPRISE: {"manager": {"value": "bulkId:ada"}}}),
            _patch("Groups/bulkId:inner", "add", "members", _members("bob")),
            _patch(f"Users/{self.ids['eve']}", "replace", "userName", f"{one}-eva"),
            {"method": "DELETE", "path": f"/Users/{self.ids['old']}"},
        ]

    async def prepare(self) -> tuple[Gateway, Client]:
        """A gateway, and a client of it that has made who is to be renamed and who is to be deleted."""
        gateway, client = await self.served()
        for name in () if self.ids else ("eve", "old"):
            answer = await client.send("POST", "/Users", {"userName": f"{self.name}-{name}", "displayName": name})
            self.ids[name] = answer.json()["id"]
        return gateway, client

    async def served(self) -> tuple[Gateway, Client]:
        """A new gateway and a client of it."""
        gateway = await self.world.forks.start()
        return gateway, self.world.client(gateway.url, self.connection)

    async def sent(self, client: Client) -> list[str]:
        """The statuses of the Bulk."""
        answer = await client.once("POST", "/Bulk", {"Operations": self.operations})
        assert answer.status_code == 200, answer.text
        return [one["status"] for one in answer.json()["Operations"]]


def _post(endpoint: str, bulk_id: str, **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": f"/{endpoint}", "bulkId": bulk_id, "data": data}


def _patch(path: str, op: str, target: str, value: Any) -> dict[str, Any]:
    return {"method": "PATCH", "path": f"/{path}", "data": {"Operations": [{"op": op, "path": target, "value": value}]}}


def _members(*names: str) -> list[dict[str, str]]:
    return [{"value": f"bulkId:{name}"} for name in names]


async def killed(case: Case) -> bool:
    """Whether the gateway that is sent the Bulk dies of it."""
    gateway, client = await case.prepare()
    gateway.arm(case.at, case.moment)
    try:
        await case.sent(client)
    except httpx.TransportError:
        assert len(gateway.calls) == case.at
        return True
    finally:
        case.world.forks.stop(gateway)
    return False


async def dead(case: Case) -> None:
    assert await killed(case), "nobody died"


async def repeated(case: Case) -> None:
    """Another gateway is sent the same, until nothing of it is left to do."""
    gateway, client = await case.served()
    told = await case.sent(client)
    for _ in range(5):
        if "503" not in told:
            break
        await asyncio.sleep(1)
        told = await case.sent(client)
    assert [one.replace("204", "200") for one in told[:-1]] == ["201"] * 4 + ["200"] * 2, told
    assert told[-1] in ("204", "404"), "a deletion that was done is 404 when it is repeated"
    await checked(case, client)
    case.world.forks.stop(gateway)


async def checked(case: Case, client: Client) -> None:
    """Everybody is there once, and everybody is where they belong."""
    mine = [one for one in await case.world.accounts(case.connection) if one["login"].startswith(f"{case.name}-")]
    on = [one["login"].removeprefix(f"{case.name}-") for one in mine if one["enabled"]]
    assert sorted(on) == ["ada", "bob", "eva"], mine
    people = [one for one in await client.all() if one["userName"].startswith(f"{case.name}-")]
    names = {one["id"]: one["userName"] for one in people}
    assert len(names) == 3
    assert names[case.ids["eve"]] == f"{case.name}-eva", "an id outlives everything"
    boss = {one["userName"][-3:]: names.get(_manager(one), "nobody")[-3:] for one in people}
    assert boss == {"ada": "bob", "bob": "ada", "eva": "ody"}
    groups = {}
    for name in ("inner", "outer"):
        found = await client.send("GET", "/Groups", query=f'filter=displayName eq "{case.name}-{name}"')
        [group] = found.json()["Resources"]
        names[group["id"]] = f"{case.name}-{name}"
        whole = (await client.send("GET", f"/Groups/{group['id']}")).json()
        groups[name] = sorted(names[one["value"]].removeprefix(f"{case.name}-") for one in whole["members"])
    assert groups == {"inner": ["ada", "bob"], "outer": ["inner"]}


def _manager(user: dict[str, Any]) -> str:
    return str(user.get(ENTERPRISE, {}).get("manager", {}).get("value"))


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Mortal]:
    """Gateways with time enough for any operation, however busy the machine is."""
    config = folder / "gateway.toml"
    text = configuration(folder)
    for old, new in ((f"write_deadline = {DEADLINE}", "write_deadline = 20"), (f"\nlease = {LEASE}", "\nlease = 21")):
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)
    where = f"sqlite:{folder}/map.db"
    async with forks(config, environment(folder, where)) as started, httpx.AsyncClient(trust_env=False) as http:
        http.timeout = httpx.Timeout(60)
        yield Mortal(folder=folder, store=where, forks=started, http=http)


def later(made: Mortal) -> None:
    """The lease of every claim is over."""
    with sqlite3.connect(made.folder / "map.db") as file:
        file.execute("update rows set written = written - 22")
    file.close()


async def counted(world: Mortal, connection: str) -> int:
    """How many calls the Bulk makes when nobody kills anybody."""
    case = Case(world, connection, "counted")
    gateway, client = await case.prepare()
    gateway.arm(0, "-")
    assert "503" not in await case.sent(client)
    calls = len(gateway.calls)
    world.forks.stop(gateway)
    return calls


@pytest.mark.parametrize(
    ("connection", "moments", "step"), [("directory", ("before", "after"), 1), ("poor", ("after",), 3)]
)
async def test_a_bulk_whose_gateway_was_killed_is_completed_by_another(
    connection: str, moments: Sequence[str], step: int, tmp_path: Path, tell: Tell
) -> None:
    started = time.monotonic()
    async with place(tmp_path) as world:
        calls = await counted(world, connection)
        points = [(at, when) for at in range(1, calls + 1, step) for when in moments]
        cases = [Case(world, connection, f"c{at}{when[0]}", at, when) for at, when in points]
        await for_each(cases, dead, AT_ONCE)
        later(world)
        await for_each(cases, repeated, AT_ONCE)
        world.age()
        done = await world.sweep()
        assert (done.failed, done.waiting) == (0, 0), done
        settled(world, connection)
    tell(f"Bulk, {connection}: killed at {len(cases)} points; {time.monotonic() - started:.0f} s")


async def test_a_bulk_whose_gateways_are_killed_again_and_again_is_done_in_the_end(tmp_path: Path, tell: Tell) -> None:
    async with place(tmp_path) as world:
        case, lives = Case(world, "directory", "again", STRIDE, "after"), 1
        while await killed(case):
            case.at, lives = case.at + STRIDE, lives + 1
            later(world)
        await repeated(case)
    assert lives > 3, "it had to die some times"
    tell(f"Bulk: {lives - 1} gateways died of one Bulk before it was done")
