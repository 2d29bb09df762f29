"""From conditions to SQL. Values are parameters always; names come from the tables here only.

A clause may let too much through, never too little: the engine compares again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from scim_adapter import Condition

from .keys import GROUP, USER, number, row_of
from .schema import GROUPS, SEARCHED, USERS, Shape, stamp

Clause = tuple[str, tuple[Any, ...]]


class Place(ABC):
    """Where a native field is compared. `sql` is what to sort by; None where a record has several values."""

    ops: frozenset[str]
    sql: str | None = None
    optional = True
    """Whether a record may have no value here, which is sorted last (RFC 7644 section 3.4.2.3)."""
    unique = False
    """Whether one record at most has a value, which an index finds."""

    @abstractmethod
    def clause(self, op: str, value: Any) -> Clause | None:
        """The test of one value; None when it cannot narrow the search."""


class Text(Place):
    """A text, compared without case unless it is `exact`.

    `within` is the search for it where it stands in another table, `present` the test for `pr`.
    """

    ops = frozenset(("eq", "co", "sw", "ew", "pr"))
    # `instr` takes its text literally, where LIKE would need its wildcards escaped. For `ew` it finds too much.
    tests: Mapping[str, str] = {"eq": "{} = ?", "co": "instr({}, ?) > 0", "sw": "instr({}, ?) = 1",
                                "ew": "instr({}, ?) > 0"}  # fmt: skip

    def __init__(self, column: str, *, exact: bool = False, within: str = "", present: str = "") -> None:
        self.column, self.exact, self.within = column, exact, within or "{}"
        self.present = present or f"{column} <> ''"
        self.sql = None if within else column

    def clause(self, op: str, value: Any) -> Clause | None:
        if op == "pr":
            return self.present, ()
        text = str(value)
        return self.within.format(self.tests[op].format(self.column)), (text if self.exact else text.casefold(),)


class Moment(Place):
    """A point in time, kept in UTC to the millisecond. What comes finer is cut, so `gt` asks for `ge`."""

    ops = frozenset(("eq", "gt", "ge", "lt", "le"))
    tests: Mapping[str, str] = {"eq": "=", "gt": ">=", "ge": ">=", "lt": "<=", "le": "<="}
    optional = False

    def __init__(self, column: str) -> None:
        self.sql = column

    def clause(self, op: str, value: Any) -> Clause | None:
        try:
            moment = datetime.fromisoformat(str(value))
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None
        return f"{self.sql} {self.tests[op]} ?", (stamp(moment),)


class Flag(Place):
    """True or false."""

    ops = frozenset(("eq",))

    def __init__(self, column: str) -> None:
        self.column = column

    def clause(self, op: str, value: Any) -> Clause | None:
        return (f"{self.column} = ?", (value,)) if isinstance(value, bool) else None


class Key(Place):
    """The key of a record, its own or that of another one; of this type, or of both."""

    ops = frozenset(("eq",))

    def __init__(self, test: str, type: str | None = None, *, unique: bool = False) -> None:
        self.test, self.type, self.unique = test, type, unique

    def clause(self, op: str, value: Any) -> Clause | None:
        return self.test, (number(value) if self.type is None else row_of(self.type, value),)


def _texts(shape: Shape) -> dict[str, Place]:
    columns = {name: f"{name}_folded" if name in shape.folded else f"fold({name})" for name in shape.texts}
    return {**{name: Text(column) for name, column in columns.items()}, "external_id": Text("external_id", exact=True)}


def _name(column: str) -> Text:
    place = Text(column)
    place.optional, place.unique = False, True
    return place


def _list(name: str) -> Text:
    within = f"users.id in (select user from elements where list = '{name}' and {{}})"  # noqa: S608 - a column's name
    return Text("folded", within=within, present=f"{name} is not null")


TIMES: Mapping[str, Place] = {"created": Moment("created"), "modified": Moment("modified")}
INSIDE = """users.id in (
    with recursive below (id) as (
        select ? union select -member from members join below on members.id = below.id where member < 0)
    select member from members join below on members.id = below.id where member > 0)"""
USER_PLACES: Mapping[str, Place] = {
    **_texts(USERS),
    **{name: _list(name) for name in SEARCHED},
    **TIMES,
    "id": Key("users.id = ?", USER, unique=True),
    "login": _name("login_folded"),
    "enabled": Flag("enabled"),
    "manager": Key("manager = ?", USER),
    "groups": Key(INSIDE, GROUP),
}
GROUP_PLACES: Mapping[str, Place] = {
    **_texts(GROUPS),
    **TIMES,
    "id": Key("groups.id = ?", GROUP, unique=True),
    "name": _name("name_folded"),
    "members": Key("groups.id in (select id from members where member = ?)"),
}


def one(conditions: Iterable[Condition], places: Mapping[str, Place]) -> bool:
    """Whether an index leads to the one record that can fulfil all of these."""
    equal = (places.get(condition.field) for condition in conditions if condition.op == "eq")
    return any(place is not None and place.unique for place in equal)


def where(conditions: Iterable[Condition], places: Mapping[str, Place]) -> tuple[str, list[Any]]:
    """The clause and its parameters. What no place tells narrows nothing."""
    clauses, parameters = [], []
    for condition in conditions:
        place = places.get(condition.field)
        if place is None or condition.op not in place.ops:
            continue
        values = condition.values or (() if condition.op != "pr" else (None,))
        tests = [place.clause(condition.op, value) for value in values]
        known = [test for test in tests if test is not None]
        if len(known) == len(tests):
            clauses.append(f"({' or '.join(sql for sql, _ in known) or 'false'})")
            parameters += [one for _, found in known for one in found]
    return (f" where {' and '.join(clauses)}" if clauses else ""), parameters
