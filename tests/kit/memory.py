"""A correct adapter in memory: it can do everything, each ability can be switched off, and mutants inherit from it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

from scim_adapter import (
    Adapter,
    Can,
    Change,
    Condition,
    Delta,
    Denied,
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
ALL = frozenset(("eq", "ne", "co", "sw", "ew", "pr"))
PEOPLE: Mapping[str, Field | str] = {
    "userName": Field("login", required=True, unique="backend"),
    "externalId": "external",
    "active": Field("status", lambda v: v == "on", lambda v: "on" if v else "off", default=lambda record: "on"),
    "displayName": "display",
    "title": "title",
    "name.givenName": Field("first", default=lambda record: str(record.get("login"))[:5], required=True),
    "name.familyName": "last",
    'emails[type eq "work"].value': "mail",
    "roles": Field("roles", many=True),
    "entitlements": Field(
        "rights", lambda v: [{"value": one} for one in v], lambda v: [one["value"] for one in v], many=True
    ),
    "userType": Field("kind", mutable="create"),
    "password": Field("secret", write_only=True),
    f"{ENTERPRISE}:employeeNumber": Field("number", unique="backend"),
    f"{ENTERPRISE}:manager": Field("boss", ref="User"),
    "meta.created": Field("created", mutable="never"),
}
TEAMS: Mapping[str, Field | str] = {
    "displayName": Field("name", required=True, unique="backend"),
    "externalId": "external",
    "members": Field("people", many=True, ref="User|Group", listed=False),
}
FULL = Can(
    filter={"login": ALL, "display": ALL, "title": frozenset(("eq",)), "mail": frozenset(("eq-exact",)),
            "status": frozenset(("eq",)), "roles": frozenset(("eq",)), "created": frozenset(("gt", "ge", "lt", "le"))},
    sort=frozenset(("login", "title")), offset=True, version="version", repeatable_create=True,
)  # fmt: skip


TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda a, b: a == b, "co": lambda a, b: b in a, "sw": lambda a, b: a.startswith(b),
    "ew": lambda a, b: a.endswith(b), "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b, "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}  # fmt: skip


class State:
    """What several resources share: the records by type, and what became of the backend."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Native]] = {"User": {}, "Group": {}}
        self.numbers = itertools.count(1)
        self.trouble: Exception | None = None


class Shelf(Resource):
    """Records of one type in a dictionary."""

    letter: ClassVar[str] = "k"
    key = "key"

    def __init__(self, state: State | None = None, can: Can = FULL, cursors: bool = False) -> None:
        self.state, self.can, self.cursors = state or State(), can, cursors
        self.done: dict[str, str] = {}
        self.hidden = [f.native for f in self.fields.values() if isinstance(f, Field) and f.write_only]
        self.unlisted = [f.native for f in self.fields.values() if isinstance(f, Field) and not f.listed]

    @property
    def records(self) -> dict[str, Native]:
        return self.state.records[self.type]

    def enter(self) -> None:
        if self.state.trouble:
            raise self.state.trouble

    async def find(self, query: Query) -> Page:
        self.enter()
        rows = [row for row in self.records.values() if all(self.holds(c, row) for c in query.where)]
        if query.order:
            rows.sort(key=lambda row: self.rank(row, str(query.order)), reverse=query.descending)
        shown = [self.out(row, self.unlisted) for row in rows]
        return self.page(shown, query)

    def page(self, rows: list[Native], query: Query) -> Page:
        start = int(query.cursor or 0) if self.cursors else query.offset
        if not (self.cursors or self.can.offset):
            return Page(rows)
        window, end = rows[start : start + query.limit], start + query.limit
        if self.cursors:
            return Page(window, next=str(end) if end < len(rows) else None)
        return Page(window, total=len(rows))

    def holds(self, condition: Condition, row: Native) -> bool:
        held = [str(one).casefold() for one in self.held(row.get(condition.field))]
        wanted = [str(value).casefold() for value in condition.values]
        if condition.op == "pr":
            return bool(held)
        if condition.op == "ne":
            return not set(held) & set(wanted)
        return any(TESTS[condition.op](a, b) for a in held for b in wanted)

    def held(self, value: Any) -> Iterable[Any]:
        values = value if isinstance(value, list) else [value]
        return [one["value"] if isinstance(one, dict) else one for one in values if one is not None]

    def rank(self, row: Native, order: str) -> tuple[bool, str]:
        value = row.get(order)
        return value is None, str(value).casefold()

    def out(self, row: Native, without: Sequence[str] = ()) -> Native:
        left_out = {*without, *self.hidden}
        return copy.deepcopy({name: value for name, value in row.items() if name not in left_out})

    def row(self, key: str, version: str | None = None) -> Native:
        if key not in self.records:
            raise NotFound("Nobody has this key.")
        if version is not None and version != str(self.records[key]["version"]):
            raise Stale("It was changed.")
        return self.records[key]

    async def get(self, get: Get) -> Native:
        self.enter()
        return self.out(self.row(get.key))

    def demand_free(self, values: Native, key: str | None = None) -> None:
        for field in (f for f in self.fields.values() if isinstance(f, Field) and f.unique == "backend"):
            wanted = values.get(field.native)
            holders = (k for k, row in self.records.items() if str(row.get(field.native)).casefold() == fold(wanted))
            if wanted is not None and any(holder != key for holder in holders):
                raise Exists("Taken.", field=field.native)

    async def create(self, new: New) -> Native | str:
        self.enter()
        if self.can.repeatable_create and new.ask.op and new.ask.op in self.done:
            return self.done[new.ask.op]
        self.demand_free(new.record)
        number = next(self.state.numbers)
        key = self.new_key(number, new.record)
        made = {"created": f"2026-01-{number % 28 + 1:02}T08:00:00.000Z", "version": 1}
        self.records[key] = {**copy.deepcopy(new.record), **made, self.key: key}
        self.done[new.ask.op] = key
        return key

    def new_key(self, number: int, record: Native) -> str:
        return f"{self.letter}{number}"

    async def update(self, change: Change) -> Native | None:
        self.enter()
        row = self.row(change.key, change.version)
        self.demand_free(change.set, change.key)
        base = row if self.can.partial else {name: row[name] for name in self.hidden if name in row} | change.after
        made = {"created": row["created"], "version": row["version"] + 1, self.key: change.key}
        steps = {"status": change.after["status"]} if change.fresh and "status" in change.after else {}
        self.records[change.key] = copy.deepcopy({**base, **change.set, **steps, **made})
        return self.out(self.records[change.key])

    async def delete(self, gone: Gone) -> None:
        self.enter()
        self.row(gone.key, gone.version)
        del self.records[gone.key]

    def own(self, record: Native) -> bool:
        return record.get("login") == "gateway"


class People(Shelf):
    """Users."""

    type: ClassVar[str] = "User"
    fields: Mapping[str, Field | str] = PEOPLE


class Logins(People):
    """Users whose login is their key."""

    key = "login"

    def new_key(self, number: int, record: Native) -> str:
        return str(record["login"])

    async def update(self, change: Change) -> Native | None:
        await super().update(replace(change, set={n: v for n, v in change.set.items() if n != "login"}))
        if "login" in change.set:
            self.demand_free(change.set, change.key)
            key = str(change.set["login"])
            self.records[key] = {**self.records.pop(change.key), "login": key}
        return None


class Teams(Shelf):
    """Groups, whose members come and go by deltas."""

    type: ClassVar[str] = "Group"
    letter: ClassVar[str] = "t"
    fields: Mapping[str, Field | str] = TEAMS

    def __init__(self, state: State | None = None, can: Can | None = None, cursors: bool = False) -> None:
        names = {"name": ALL, "people": frozenset(("eq",))}
        default = Can(filter=names, sort=frozenset(("name",)), offset=True, version="version")
        super().__init__(state, can or default, cursors)

    async def amend(self, delta: Delta) -> None:
        self.enter()
        row = self.row(delta.key)
        held = {one["value"]: one for one in row.get(delta.field) or []}
        added = {key: {"value": key, "type": "Group" if key.startswith("t") else "User"} for key in delta.added}
        row[delta.field] = [one for key, one in {**added, **held}.items() if key not in delta.removed]


class MemorySettings(BaseModel):
    """Where and who."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str
    token: SecretStr
    size: int = 10


class MemoryAdapter(Adapter[MemorySettings]):
    """One backend in memory: `right` is the token that it takes, `nowhere` the URL where nothing is."""

    Settings = MemorySettings

    def __init__(self, settings: MemorySettings) -> None:
        super().__init__(settings)
        self.state = State()
        self.state.trouble = self.trouble()

    def trouble(self) -> Exception | None:
        if self.settings.url == "nowhere":
            return Unavailable("Nothing is there.")
        return None if self.settings.token.get_secret_value() == "right-token" else Denied("The token is refused.")

    def resources(self) -> Sequence[Resource]:
        return [People(self.state), Teams(self.state)]

    async def check(self) -> None:
        if self.state.trouble:
            raise self.state.trouble


def fold(value: Any) -> str:
    return str(value).casefold()


def memory(url: str = "here", token: str = "right-token") -> MemoryAdapter:
    """An adapter over an empty backend."""
    return MemoryAdapter(MemorySettings(url=url, token=SecretStr(token)))
