"""When two native values are the same, and when a native comparison holds for a record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scim_adapter import Condition, Field, Native


def shown(field: Field, record: Native) -> Any:
    """What clients see of a field; None for nothing. A reference list is the set of its keys."""
    value = record.get(field.native)
    if value is None or value in ("", []):
        return None
    value = field.read(value) if field.read else value
    if field.ref and field.many:
        return frozenset(elements(value)) or None
    return None if value in ("", []) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values that clients see are the same: the order of a list means nothing, a number is its text, and
    an object may have more members in `other`."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(any(same(a, b) for b in other) for a in one)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(value, other.get(name)) for name, value in one.items())
    if isinstance(one, dict) != isinstance(other, dict):
        return same(_value(one), _value(other))
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    return bool(one == other) or str(one) == str(other)


def _value(one: Any) -> Any:
    return one.get("value") if isinstance(one, dict) else one


def elements(value: Any) -> Iterator[str]:
    """The texts that a comparison looks at: of a list all of its elements, of an object its `value`."""
    for one in value if isinstance(value, list | tuple) else [value]:
        held = _value(one)
        if held is not None and held != "":
            yield str(held)


def holds(condition: Condition, record: Native) -> bool:
    """Whether a comparison holds for a record, as SCIM means it: case counts for nothing."""
    held = list(elements(record.get(condition.field)))
    if condition.op == "pr":
        return bool(held)
    if condition.op == "ne":
        return not any(_compare("eq", one, value) for one in held for value in condition.values)
    return any(_compare(condition.op, one, value) for one in held for value in condition.values)


def _compare(op: str, held: str, value: Any) -> bool:
    one, other = _comparable(held), _comparable(str(value))
    if op in ("eq", "co", "sw", "ew"):
        a, b = str(held).casefold(), str(value).casefold()
        return {"eq": a == b, "co": b in a, "sw": a.startswith(b), "ew": a.endswith(b)}[op]
    if type(one) is not type(other):
        return False
    return bool({"gt": one > other, "ge": one >= other, "lt": one < other, "le": one <= other}[op])


def _comparable(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return text.casefold()
