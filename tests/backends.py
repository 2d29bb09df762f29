"""A backend in memory whose abilities can each be switched off, and wrappers that count calls."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, ClassVar

from scim.identity.store import Operation, Row, Store
from scim_adapter import (
    Can,
    Change,
    Delta,
    Exists,
    Field,
    Get,
    Gone,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Stale,
    Unavailable,
)

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FIELDS: Mapping[str, Field | str] = {
    "userName": Field("login", required=True, unique="backend"),
    "active": "enabled",
    "displayName": "display",
    "name.givenName": Field("first", default=lambda record: str(record["login"]).split("@")[0], required=True),
    "name.familyName": "last",
    'emails[type eq "work"].value': "mail",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    'phoneNumbers[type eq "work"].value': "phone",
    "roles": Field("roles", many=True),
    f"{ENTERPRISE}:employeeNumber": Field("number", unique="backend"),
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:manager": Field("boss", ref="User"),
    "password": Field("secret", write_only=True),
    "userType": Field("kind", mutable="create"),
}


class Shelf(Resource):
    """Users in a dictionary. `hooks` run before and after a call's effect and may raise."""

    type: ClassVar[str] = "User"
    uniques: ClassVar[tuple[str, ...]] = ("login", "number")
    letter: ClassVar[str] = "k"

    def __init__(self, *, key: str = "key", can: Can | None = None, fields: Mapping[str, Field | str] = FIELDS) -> None:
        self.key = key
        self.fields = fields
        self.can = can or Can(filter={"login": frozenset({"eq"}), "mail": frozenset({"eq"})}, offset=True)
        self.records: dict[str, Native] = {}
        self.done: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self.before: dict[str, Callable[[], None]] = {}
        self.after: dict[str, Callable[[], None]] = {}
        self.changes: list[Change] = []
        self.queries: list[Query] = []
        self._numbers = itertools.count(1)

    def _enter(self, verb: str) -> None:
        self.calls[verb] += 1
        self.before.get(verb, _nothing)()

    def _leave(self, verb: str) -> None:
        self.after.get(verb, _nothing)()

    @property
    def writes(self) -> int:
        """How often something was written."""
        return self.calls["create"] + self.calls["update"] + self.calls["amend"] + self.calls["delete"]

    async def find(self, query: Query) -> Page:
        self._enter("find")
        self.queries.append(query)
        rows = [r for r in self.records.values() if all(_holds(r, c.field, c.values) for c in query.where)]
        if not self.can.offset:
            return Page([dict(r) for r in rows])
        window = rows[query.offset : query.offset + query.limit]
        return Page([dict(r) for r in window], total=len(rows))

    async def get(self, get: Get) -> Native:
        self._enter("get")
        if get.key not in self.records:
            raise NotFound("gone")
        return dict(self.records[get.key])

    def _versioned(self, record: Native) -> Native:
        return {**record, self.can.version: str(next(self._numbers))} if self.can.version else record

    def _current(self, key: str, version: str | None) -> None:
        if self.can.version and self.records[key][self.can.version] != version:
            raise Stale("changed meanwhile")

    def _free(self, field: str, value: Any, key: str | None = None) -> None:
        for other, record in self.records.items():
            held = record.get(field)
            if other != key and held is not None and str(held).casefold() == str(value).casefold():
                raise Exists(field=field)

    async def create(self, new: New) -> Native | str:
        self._enter("create")
        if self.can.repeatable_create and new.ask.op in self.done:
            return self.done[new.ask.op]
        for field in self.uniques:
            if new.record.get(field) is not None:
                self._free(field, new.record[field])
        key = str(new.record["login"]) if self.key == "login" else f"{self.letter}{next(self._numbers)}"
        self.records[key] = self._versioned({"enabled": True, **new.record, self.key: key})
        self.done[new.ask.op] = key
        self._leave("create")
        return key

    async def update(self, change: Change) -> Native | None:
        self._enter("update")
        self.changes.append(change)
        if change.key not in self.records:
            raise NotFound("gone")
        self._current(change.key, change.version)
        for field in self.uniques:
            if change.set.get(field) is not None:
                self._free(field, change.set[field], change.key)
        record = {**(self.records[change.key] if self.can.partial else change.after), **change.set}
        if self.key == "login" and "login" in change.set:
            del self.records[change.key]
        self.records[str(record[self.key])] = self._versioned(record)
        self._leave("update")
        return None

    async def delete(self, gone: Gone) -> None:
        self._enter("delete")
        if gone.key not in self.records:
            raise NotFound("gone")
        self._current(gone.key, gone.version)
        del self.records[gone.key]
        self._leave("delete")

    def own(self, record: Native) -> bool:
        return record.get("login") == "gateway"


CIRCLE_FIELDS: Mapping[str, Field | str] = {
    "displayName": Field("name", required=True, unique="backend"),
    "members": Field("people", many=True, ref="User|Group", listed=False),
}


class Circle(Shelf):
    """Groups in a dictionary, whose lists lack the members and which replaces a member list as a whole."""

    type: ClassVar[str] = "Group"
    uniques: ClassVar[tuple[str, ...]] = ("name",)
    letter: ClassVar[str] = "g"

    def __init__(self, *, can: Can | None = None, fields: Mapping[str, Field | str] = CIRCLE_FIELDS) -> None:
        super().__init__(can=can or Can(filter={"name": frozenset({"eq"})}, offset=True), fields=fields)
        self.asked: list[frozenset[str] | None] = []

    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        return Page([{k: v for k, v in r.items() if k != "people"} for r in page.records], page.next, page.total)

    async def get(self, get: Get) -> Native:
        self.asked.append(get.fields)
        record = await super().get(get)
        return {k: v for k, v in record.items() if get.fields is None or k in get.fields}


class AmendingCircle(Circle):
    """The same with deltas."""

    async def amend(self, delta: Delta) -> None:
        self._enter("amend")
        held = {one["value"]: one for one in self.records[delta.key].get(delta.field, [])}
        held |= {key: {"value": key, "type": "Group" if key.startswith("g") else "User"} for key in delta.added}
        self.records[delta.key][delta.field] = [one for key, one in held.items() if key not in delta.removed]
        self._leave("amend")


def _nothing() -> None:
    return


def _holds(record: Native, field: str, values: Sequence[Any]) -> bool:
    """On a list, whether one of its values matches."""
    value = record.get(field)
    held = [
        one.get("value") if isinstance(one, dict) else one for one in (value if isinstance(value, list) else [value])
    ]
    return not {str(one).casefold() for one in held}.isdisjoint(str(value).casefold() for value in values)


def lost() -> None:
    """As a hook: the answer is lost."""
    raise Unavailable("The answer was lost.")


class Counting:
    """A store that counts reads and writes."""

    def __init__(self, store: Store) -> None:
        self.inner = store
        self.counts: Counter[str] = Counter()

    async def get(self, partition: str, key: str) -> Row | None:
        self.counts["read"] += 1
        return await self.inner.get(partition, key)

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        self.counts["scan"] += 1
        async for row in self.inner.scan(partition, prefix):
            yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        self.counts["write"] += 1
        return await self.inner.commit(partition, operations)

    async def aclose(self) -> None:
        await self.inner.aclose()

    def taken(self) -> dict[str, int]:
        """The counts since the last call."""
        counts, self.counts = dict(self.counts), Counter()
        return counts
