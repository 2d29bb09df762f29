"""What each request costs in operations of the store, whatever the store and however many rows it holds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from gateway.stores.sqlite_file import opened
from scim.identity.ids import derived_id, index_prefix, mapping_key, override_key
from scim.identity.schema import SCHEMA
from scim.identity.store import Insert, Row, Store
from scim_adapter import Can
from tests.backends import AmendingCircle, Counting, Shelf
from tests.scim.harness import Answer, Engine, replace_

T = TypeVar("T")
SALT = bytes.fromhex("5a" * 32)
HOME = "acme.user"
HIDDEN = 10
"""How many of the strangers are hidden, however many there are."""
BY_KEY = Can(filter={"login": frozenset({"eq"})}, offset=True, mutable_key=True)


@dataclass(frozen=True)
class Cost:
    """Operations, and the rows that they brought."""

    reads: int = 0
    writes: int = 0
    scans: int = 0
    rows: int = 0


COSTS: dict[str, Cost] = {
    "first list of a process": Cost(reads=1, scans=1, rows=1 + HIDDEN),
    "create": Cost(writes=2),
    "read by id": Cost(reads=1, rows=1),
    "`userName eq`": Cost(reads=1, rows=1),
    "`userName eq` at first sight": Cost(reads=1, writes=1),
    "`externalId eq`, kept": Cost(reads=1, scans=1, rows=2),
    "PATCH, PUT": Cost(reads=1, rows=1),
    "PATCH without a difference": Cost(reads=1, rows=1),
    "PATCH of the userName": Cost(reads=1, writes=2, rows=1),
    "PATCH of the userName that is the key": Cost(reads=4, writes=4, rows=3),
    "PATCH of a kept attribute": Cost(reads=1, writes=1, rows=1),
    "PATCH of `active` to true, or another that needs a turn": Cost(reads=2, writes=2, rows=2),
    "DELETE": Cost(reads=1, writes=1, rows=1),
    "create that uses a hidden account again": Cost(reads=2, writes=2, rows=2),
    "read by id, `userName eq` after that": Cost(reads=3, rows=3),
    "page of 100, all of them unseen": Cost(writes=1),
    "page of 100, seen before": Cost(),
    "page of 100 by cursor, seen before": Cost(),
    "page of 100 with kept attributes": Cost(reads=100, rows=100),
    "create of a group with 3 members": Cost(reads=3, writes=2, rows=3),
    "PATCH that adds 3 members": Cost(reads=4, rows=4),
    "read of a group with 6 members": Cost(reads=1, rows=1),
}


class Rows(Counting):
    """A store that also counts the rows that are read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.rows = 0

    async def get(self, partition: str, key: str) -> Row | None:
        row = await super().get(partition, key)
        self.rows += row is not None
        return row

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        async for row in super().scan(partition, prefix):
            self.rows += 1
            yield row


@dataclass
class Meter:
    """Requests with names, and what each cost."""

    store: Rows
    costs: dict[str, Cost] = field(default_factory=dict)

    async def of(self, name: str, *calls: Awaitable[T]) -> T:
        """The answer to the last of some requests; their cost is noted."""
        self.store.counts.clear()
        self.store.rows = 0
        answers = [await call for call in calls]
        counts = self.store.counts
        self.costs[name] = Cost(counts["read"], counts["write"], counts["scan"], self.store.rows)
        return answers[-1]


def strangers(people: int) -> Iterator[Insert]:
    """Rows of people whom no request here is about: each with a kept attribute, and some of them hidden."""
    for n in range(people):
        key = f"stranger{n}"
        id = derived_id(SALT, "User", key)
        values: dict[str, Any] = {"first": key, "kept": f'{{"externalId": "x{n}"}}'}
        yield Insert(mapping_key(id), values | ({"state": "hidden"} if n < HIDDEN else {}))
        yield Insert(index_prefix(SALT, "externalId", f"x{n}") + id, {"id": id})
        if n < HIDDEN:
            yield Insert(override_key(SALT, key), {"id": id, "state": "hidden"})


async def fill(store: Store, people: int) -> None:
    """A map that holds so many strangers."""
    await store.commit("acme", [Insert("map", {"salt": SALT.hex(), "owner": "acme", "schema": SCHEMA})])
    rows = strangers(people)
    while batch := list(islice(rows, 100)):
        await store.commit(HOME, batch)


def fill_file(path: Path, people: int) -> None:
    """The same straight into the file of an SQLite store, in a fraction of the time."""
    head = Insert("map", {"salt": SALT.hex(), "owner": "acme", "schema": SCHEMA})
    file = opened(path)
    file.execute("begin")
    for partition, rows in (("acme", [head]), (HOME, strangers(people))):
        values = ((partition, row.key, json.dumps(row.values), "1") for row in rows)
        file.executemany("insert into rows values (?, ?, ?, ?, 0)", values)
    file.execute("commit")
    file.close()


async def costs(store: Store) -> dict[str, Cost]:
    """Every request of `COSTS`, made on a map that is filled already."""
    meter = Meter(Rows(store))
    engine = Engine(store=meter.store, groups=AmendingCircle(), write_deadline=20, keep=("externalId",))
    await meter.of("first list of a process", engine.send("GET", "/Users"))
    await _life(meter, engine)
    await _next_life(meter, engine)
    await _lists(meter, engine)
    await _members(meter, engine)
    return meter.costs


def _fine(answer: Answer) -> Answer:
    assert 200 <= answer.status < 300, answer.body
    return answer


async def _life(meter: Meter, engine: Engine) -> None:
    """One person, from the create to the last change."""
    ada = _fine(await meter.of("create", engine.create("ada", externalId="e1")))
    person = f"/Users/{ada.id}"
    _fine(await meter.of("read by id", engine.send("GET", person)))
    assert await meter.of("`userName eq`", engine.find('userName eq "ada"'))
    engine.shelf.records["k900"] = {"key": "k900", "login": "planted"}
    assert await meter.of("`userName eq` at first sight", engine.find('userName eq "planted"'))
    assert await meter.of("`externalId eq`, kept", engine.find('externalId eq "e1"'))
    _fine(await meter.of("PATCH, PUT", engine.patch(ada.id, replace_("displayName", "Ada"))))
    patched = meter.costs["PATCH, PUT"]
    put = {**ada.body, "displayName": "Lovelace"}
    _fine(await meter.of("PATCH, PUT", engine.send("PUT", person, put)))
    assert meter.costs["PATCH, PUT"] == patched
    same = replace_("displayName", "Lovelace")
    _fine(await meter.of("PATCH without a difference", engine.patch(ada.id, same)))
    _fine(await meter.of("PATCH of the userName", engine.patch(ada.id, replace_("userName", "ada.l"))))
    _fine(await meter.of("PATCH of a kept attribute", engine.patch(ada.id, replace_("externalId", "e2"))))
    _fine(await engine.patch(ada.id, replace_("active", False)))
    enabling = "PATCH of `active` to true, or another that needs a turn"
    _fine(await meter.of(enabling, engine.patch(ada.id, replace_("active", True))))
    _fine(await meter.of("DELETE", engine.send("DELETE", person)))


async def _next_life(meter: Meter, engine: Engine) -> None:
    """The same login again, and a login that is a key and moves."""
    ada = _fine(await meter.of("create that uses a hidden account again", engine.create("ada.l")))
    read, find = engine.send("GET", f"/Users/{ada.id}"), engine.find('userName eq "ada.l"')
    found: Any = await meter.of("read by id, `userName eq` after that", read, find)
    assert [user["id"] for user in found] == [ada.id]
    keyed = Engine(Shelf(key="login", can=BY_KEY), meter.store, write_deadline=20)
    grace = _fine(await keyed.create("grace"))
    moved = await meter.of(
        "PATCH of the userName that is the key", keyed.patch(grace.id, replace_("userName", "hopper"))
    )
    assert _fine(moved).body["userName"] == "hopper"


async def _lists(meter: Meter, engine: Engine) -> None:
    """A page that nobody has seen, and the same again."""
    shelf = Shelf()
    shelf.records = {f"p{n}": {"key": f"p{n}", "login": f"p{n}"} for n in range(150)}
    lean, keeping = Engine(shelf, meter.store, keep=()), Engine(shelf, meter.store)
    for each in (lean, keeping):
        await each.find('userName eq "nobody"')
    first = await meter.of("page of 100, all of them unseen", lean.send("GET", "/Users", query="count=100"))
    assert len(_fine(first).body["Resources"]) == 100
    again = await meter.of("page of 100, seen before", lean.send("GET", "/Users", query="count=100"))
    assert again.body == first.body
    begun = await lean.send("GET", "/Users", query="count=50&cursor")
    await lean.send("GET", "/Users", query="count=150")
    cursor = _fine(begun).body["nextCursor"]
    walked = await meter.of(
        "page of 100 by cursor, seen before", lean.send("GET", "/Users", query=f"count=100&cursor={cursor}")
    )
    assert len(_fine(walked).body["Resources"]) == 100
    await keeping.send("GET", "/Users", query="count=100")
    await meter.of("page of 100 with kept attributes", keeping.send("GET", "/Users", query="count=100"))


async def _members(meter: Meter, engine: Engine) -> None:
    """A group and its members."""
    ids = [_fine(await engine.create(f"m{n}")).id for n in range(6)]
    for endpoint in ("/Users", "/Groups"):
        _fine(await engine.send("GET", endpoint))
    group = _fine(await meter.of("create of a group with 3 members", engine.group("Team", *ids[:3])))
    add = {"op": "Add", "path": "members", "value": [{"value": id} for id in ids[3:]]}
    _fine(await meter.of("PATCH that adds 3 members", engine.change(f"/Groups/{group.id}", add)))
    read = await meter.of("read of a group with 6 members", engine.send("GET", f"/Groups/{group.id}"))
    assert len(_fine(read).body["members"]) == 6


def table() -> str:
    """The costs as the page shows them."""
    rows = ["| request | reads | writes | scans |", "|---|---|---|---|"]
    return "\n".join(rows + [f"| {name} | {c.reads} | {c.writes} | {c.scans} |" for name, c in COSTS.items()])
