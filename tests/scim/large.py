"""A group of any size behind the gateway: each kind of request made once, with its operations and its memory counted.

`python -m tests.scim.large FOLDER BACKEND MEMBERS REQUEST` makes one request in a process of its own and prints what it
cost as JSON; `python -m tests.scim.large` prints the tables of the page on operation counts.
"""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from adapters.directory import DirectoryAdapter, DirectorySettings
from gateway.stores.sqlite import SqliteStore
from gateway.stores.sqlite_file import opened
from scim.identity.ids import derived_id, mapping_key
from scim.identity.map import IdentityMap
from scim.identity.schema import SCHEMA
from scim.message import Request, Response
from scim.options import Options
from scim.service import Service
from tests.backends import Counting

BASE = "https://gateway.example/acme/scim/v2"
SALT = bytes.fromhex("5a" * 32)
GROUP, KEY = derived_id(SALT, "Group", "g1"), "g1"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SETTINGS: dict[str, dict[str, Any]] = {
    "directory": {},
    "without deltas": {"native_amend": False, "native_versions": False},
}
VERBS = ("find", "get", "create", "update", "amend", "delete")


@dataclass(frozen=True)
class Cost:
    """What one request came to. `memory` is what the process grew by, in MiB."""

    status: int
    backend: dict[str, int]
    store: dict[str, int]
    memory: float = field(default=0.0, compare=False)
    answer: int = field(default=0, compare=False)


def member(number: int) -> dict[str, str]:
    """A member as clients send it; the people have the keys 1, 2, 3 …"""
    return {"value": derived_id(SALT, "User", str(number))}


@dataclass(frozen=True)
class Ask:
    """One kind of request to a group of `n` members, whose keys are 1 to n; there are as many other people and more."""

    method: str
    body: Callable[[int], Any] = lambda n: None
    query: Callable[[int], str] = lambda n: ""
    path: str = f"/Groups/{GROUP}"

    def request(self, members: int) -> Request:
        body = self.body(members)
        return Request(self.method, self.path, self.query(members), {}, b"" if body is None else packed(body))


def packed(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def added(n: int, count: int) -> dict[str, Any]:
    """As Entra sends it: one operation with many values."""
    return patch({"op": "Add", "path": "members", "value": [member(n + 1 + i) for i in range(count)]})


def others(n: int) -> list[dict[str, str]]:
    """As many people as the group has, none of whom is in it."""
    return [member(n + 1 + i) for i in range(n)]


def one_by_one(n: int, count: int) -> dict[str, Any]:
    """The largest PATCH: each operation adds somebody or removes somebody."""
    steps = [
        {"op": "add", "path": "members", "value": [member(n + 1 + i)]}
        if i % 2
        else {"op": "remove", "path": f'members[value eq "{member(1 + i % n)["value"]}"]'}
        for i in range(count)
    ]
    return patch(*steps)


def whole(n: int, members: Sequence[dict[str, str]]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All", "members": list(members)}


def filtered(n: int, text: str, more: str = "") -> str:
    return f"filter={quote_plus(text)}{more}"


ASKS: dict[str, Ask] = {
    "GET": Ask("GET"),
    "GET, `excludedAttributes=members`": Ask("GET", query=lambda n: "excludedAttributes=members"),
    "list of the groups with their members": Ask("GET", path="/Groups"),
    "list of the groups, `excludedAttributes=members`": Ask(
        "GET", path="/Groups", query=lambda n: "excludedAttributes=members"
    ),
    "`displayName eq`, `excludedAttributes=members`": Ask(
        "GET", path="/Groups", query=lambda n: filtered(n, 'displayName eq "all"', "&excludedAttributes=members")
    ),
    "reference check: `id eq … and members eq …`": Ask(
        "GET",
        path="/Groups",
        query=lambda n: filtered(n, f'id eq "{GROUP}" and members eq "{member(n)["value"]}"', "&attributes=id"),
    ),
    "PATCH adds 1": Ask("PATCH", lambda n: added(n, 1)),
    "PATCH adds 1,000": Ask("PATCH", lambda n: added(n, 1000)),
    "PATCH removes 1": Ask("PATCH", lambda n: patch({"op": "Remove", "path": "members", "value": [member(n)]})),
    "PATCH with 1,000 operations": Ask("PATCH", lambda n: one_by_one(n, 1000)),
    "PATCH of the name": Ask("PATCH", lambda n: patch({"op": "Replace", "path": "displayName", "value": "Everybody"})),
    "PATCH replaces all": Ask("PATCH", lambda n: patch({"op": "Replace", "path": "members", "value": others(n)})),
    "PUT with one other member": Ask("PUT", lambda n: whole(n, [*map(member, range(2, n + 2))])),
    "PUT without a difference": Ask("PUT", lambda n: whole(n, [*map(member, range(1, n + 1))])),
    "DELETE": Ask("DELETE"),
}


# -- the world -------------------------------------------------------------------------------------------------------


def build(folder: Path, members: int) -> None:
    """A directory file with the group and its people, and a store that has met them all; straight into the files."""
    people = range(1, 2 * members + 1001)
    asyncio.run(_empty(folder))
    with sqlite3.connect(folder / "directory.db", isolation_level=None) as file:
        moment = "2026-01-05T09:00:00.000Z"
        file.execute("begin")
        file.executemany(
            "insert into users (id, login, login_folded, display_name, created, modified) values (?, ?, ?, ?, ?, ?)",
            ((n, f"p{n}@x", f"p{n}@x", f"Person {n}", moment, moment) for n in people),
        )
        file.execute(
            "insert into groups (id, name, name_folded, created, modified) values (1, 'All', 'all', ?, ?)",
            (moment, moment),
        )
        file.executemany("insert into members (id, member) values (1, ?)", ((n,) for n in range(1, members + 1)))
        file.execute("commit")
    file.close()
    store = opened(folder / "store.db")
    head = [("acme", "map", {"salt": SALT.hex(), "owner": "acme", "schema": SCHEMA})]
    group = [("acme.group", mapping_key(GROUP), {"first": KEY})]
    rows = (("acme.user", mapping_key(derived_id(SALT, "User", str(n))), {"first": str(n)}) for n in people)
    store.execute("begin")
    for part in (head, group, rows):
        values = ((partition, key, json.dumps(row), "1") for partition, key, row in part)
        store.executemany("insert into rows values (?, ?, ?, ?, 0)", values)
    store.execute("commit")
    store.close()


async def _empty(folder: Path) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=str(folder / "directory.db")))
    await directory.check()
    await directory.aclose()


class World:
    """The gateway in front of a copy of what `build` made."""

    def __init__(self, folder: Path, backend: str) -> None:
        settings = {"path": str(folder / "directory.db"), **SETTINGS[backend]}
        self.adapter = DirectoryAdapter(DirectorySettings(**settings))
        self.calls: Counter[str] = Counter()
        for one in self.adapter.resources():
            for verb in VERBS:
                setattr(one, verb, partial(self._counted, verb, getattr(one, verb)))
        self.store = Counting(SqliteStore(folder / "store.db"))
        map = IdentityMap(self.store, "acme", "acme", lease=90.0)
        options = Options(on_delete="delete", read_deadline=300, write_deadline=300)
        self.service = Service(list(self.adapter.resources()), map, options, BASE)

    async def _counted(self, verb: str, call: Callable[[Any], Any], asked: Any) -> Any:
        self.calls[verb] += 1
        return await call(asked)

    async def ready(self) -> None:
        """What every process does once: open the files, the salt, the overrides."""
        for path in ("/Users", "/Groups"):
            answer = await self.service.handle(Request("GET", path, "count=1&excludedAttributes=members"))
            assert answer.status == 200, answer.body

    async def cost(self, request: Request) -> tuple[Cost, Response]:
        self.calls.clear()
        self.store.taken()
        answer = await self.service.handle(request)
        sent = [answer.content] if isinstance(answer.content, bytes) else answer.content
        return Cost(answer.status, dict(self.calls), self.store.taken(), answer=sum(map(len, sent))), answer

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.store.aclose()


def peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def made(folder: Path, backend: str, members: int, name: str) -> Cost:
    """One request, on a world that it may change."""
    world = World(folder, backend)
    await world.ready()
    request = ASKS[name].request(members)
    before = peak()
    cost, _ = await world.cost(request)
    await world.aclose()
    return Cost(cost.status, cost.backend, cost.store, round(peak() - before, 1), cost.answer)


def alone(world: Path, backend: str, members: int, name: str) -> Cost:
    """One request in a process of its own, on a copy of a world."""
    with tempfile.TemporaryDirectory() as folder:
        for file in world.iterdir():
            shutil.copy(file, folder)
        command = [sys.executable, "-m", "tests.scim.large", folder, backend, str(members), name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return Cost(**json.loads(done.stdout))


# -- the page --------------------------------------------------------------------------------------------------------

SIZES = (10, 1_000, 50_000)
CHANGING = ("PATCH", "PUT", "DELETE")


async def costs(folder: Path, backend: str, members: int, names: Iterable[str] = ASKS) -> dict[str, Cost]:
    """Kinds of requests, each made by a gateway that has just started, on a world that nobody has changed."""
    found: dict[str, Cost] = {}
    for name in names:
        ask = ASKS[name]
        with tempfile.TemporaryDirectory() as copy:
            here = Path(copy) if ask.method in CHANGING else folder
            if here is not folder:
                shutil.copytree(folder, here, dirs_exist_ok=True)
            found[name] = await made(here, backend, members, name)
    return found


def cell(cost: Cost) -> str:
    """What a request cost, in the words of the page."""
    if cost.status >= 400:
        return str(cost.status)
    calls = ", ".join(verb if cost.backend[verb] == 1 else f"{cost.backend[verb]} {verb}" for verb in cost.backend)
    rows = ", ".join(f"{n:,} {verb}{'s' * (n > 1)}" for verb, n in sorted(cost.store.items()))
    return f"{calls}; {rows or 'none'}"


def rows(found: dict[int, dict[str, Cost]]) -> list[str]:
    """The rows of a table for some sizes of a group."""
    names = next(iter(found.values()))
    return [f"| {name} | {' | '.join(cell(costs[name]) for costs in found.values())} |" for name in names]


def table(backend: str) -> str:
    """The table of one backend, made now. It takes a minute."""
    found = {}
    for members in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), members)
            found[members] = asyncio.run(costs(Path(folder), backend, members))
    head = f"| request | {' | '.join(f'{size:,} members' for size in SIZES)} |"
    return "\n".join([head, "|---" * (len(SIZES) + 1) + "|", *rows(found)])


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("\n\n".join(table(backend) for backend in SETTINGS))
    else:
        where, which, size, what = sys.argv[1:]
        print(json.dumps(vars(asyncio.run(made(Path(where), which, int(size), what)))))
