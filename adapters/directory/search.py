"""From a query to SQL. Values are parameters always; names come from the tables here only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scim_adapter import Can, Condition

from .schema import FOLDED

TESTS = {"eq": "{} = ?", "co": "instr({}, ?) > 0", "sw": "instr({}, ?) = 1"}
"""`instr` takes its text literally, where LIKE would need its wildcards escaped."""
CAN = Can(
    filter={
        "id": frozenset({"eq"}),
        "login": frozenset({"eq", "co", "sw"}),
        "external_id": frozenset({"eq"}),
        "email": frozenset({"eq"}),
    },
    sort=frozenset({"login", "created", "modified"}),
    offset=True,
    version="version",
    repeatable_create=True,
)


def number(key: object) -> int:
    """The number in a key; none of ours when it is not written as we write it (SQLite takes 1.0 and 01 for 1)."""
    text = str(key)
    return int(text) if text.isascii() and text.isdecimal() and str(int(text)) == text and len(text) < 19 else 0


def where(conditions: Iterable[Condition]) -> tuple[str, list[Any]]:
    """The clause and its parameters. What is not declared narrows nothing: too much is fine, too little is not."""
    clauses, parameters = [], []
    for condition in conditions:
        if condition.op in CAN.filter.get(condition.field, ()):
            test = TESTS[condition.op].format(FOLDED.get(condition.field, condition.field))
            clauses.append(f"({' or '.join([test] * len(condition.values)) or 'false'})")
            parameters += [_parameter(condition.field, value) for value in condition.values]
    return (f" where {' and '.join(clauses)}" if clauses else ""), parameters


def order(native: str | None, descending: bool) -> str:
    """The order asked for, and that of the ids among equals, so that pages neither repeat nor lose a record."""
    if native not in CAN.sort:
        return " order by id"
    return f" order by {FOLDED.get(native, native)}{' desc' if descending else ''}, id"


def _parameter(native: str, value: object) -> str | int:
    if native == "id":
        return number(value)
    return str(value).casefold() if native in FOLDED else str(value)
