"""What a PATCH costs grows with what it says and with what is there, never with the one times the other.

Counted are the lines of Python that run: the same on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from scim.errors import ScimError
from scim.patch import apply
from scim.schemas import GROUPS, USERS, ResourceSchema

Json = dict[str, Any]
Row = tuple[str, ResourceSchema, Callable[[int], Json], Callable[[int], list[Json]]]


def _person(n: int) -> Json:
    return {"userName": "ada", "emails": [_email(i) for i in range(4 * n)]}


def _email(number: int) -> Json:
    return {"value": f"m{number}@example.com", "type": "work"}


def _group(n: int) -> Json:
    return {"displayName": "all", "members": [{"value": f"u{i}"} for i in range(10 * n)]}


def _addresses(first: int, count: int) -> list[Json]:
    return [{"streetAddress": f"{first + i} Mill Road", "type": "work"} for i in range(count)]


ROWS: list[Row] = [
    (
        "each operation adds addresses, which have no value of their own",
        USERS,
        _person,
        lambda n: [{"op": "add", "path": "addresses", "value": _addresses(8 * i, 8)} for i in range(n)],
    ),
    (
        "operations on a list and on something else take turns",
        USERS,
        _person,
        lambda n: [
            {"op": "add", "path": "emails", "value": [_email(9_000_000 + i)]}
            if i % 2
            else {"op": "replace", "path": "title", "value": str(i)}
            for i in range(n)
        ],
    ),
    (
        "each operation moves the mark of the primary value",
        USERS,
        _person,
        lambda n: [{"op": "add", "path": "emails", "value": [{**_email(i), "primary": True}]} for i in range(n)],
    ),
    (
        "each operation changes the one value that its path selects by value",
        USERS,
        _person,
        lambda n: [
            {"op": "replace", "path": f'emails[value eq "m{i}@example.com"].display', "value": "x"} for i in range(n)
        ],
    ),
    (
        "each key of a value without a path selects by type",
        USERS,
        lambda n: {"userName": "ada", "emails": [{"value": f"m{i}@x", "type": f"T{i}"} for i in range(4 * n)]},
        lambda n: [{"op": "replace", "value": {f'emails[type eq "t{i}"].display': "x" for i in range(n)}}],
    ),
    (
        "Entra without the flag: a remove with a value for each member",
        GROUPS,
        _group,
        lambda n: [{"op": "Remove", "path": "members", "value": [{"value": f"u{i}"}]} for i in range(n)],
    ),
    (
        "Okta: a remove with a value path for each member",
        GROUPS,
        _group,
        lambda n: [{"op": "remove", "path": f'members[value eq "u{i}"]'} for i in range(n)],
    ),
    (
        "members come and go in turns",
        GROUPS,
        _group,
        lambda n: [
            {"op": "add" if i % 2 else "remove", "path": "members", "value": [{"value": f"u{i // 2}"}]}
            for i in range(n)
        ],
    ),
]


@pytest.mark.parametrize(("schema", "held", "operations"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_four_times_as_much_costs_four_times_as_much(
    schema: ResourceSchema, held: Callable[[int], Json], operations: Callable[[int], list[Json]]
) -> None:
    def cost(n: int) -> int:
        resource, body = held(n), {"Operations": operations(n)}
        return _lines(lambda: apply(schema, resource, body))

    small, large = cost(40), cost(160)
    assert large < 4.4 * small


def _lines(work: Callable[[], object]) -> int:
    """How many lines of Python run."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_paths_that_must_be_compared_with_every_value_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scim.values.MAX_COMPARED", 5_000)
    person = {"userName": "ada", "emails": [_email(i) for i in range(100)]}
    steps = [{"op": "replace", "path": f'emails[value co "m{i}@"].display', "value": "x"} for i in range(51)]
    apply(USERS, person, {"Operations": steps[:50]})
    with pytest.raises(ScimError) as refused:
        apply(USERS, person, {"Operations": steps})
    assert (refused.value.status, refused.value.scim_type) == (413, "tooMany")
