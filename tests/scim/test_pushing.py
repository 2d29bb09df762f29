"""What a backend is asked for: conditions that the filter implies and the backend has, so the answer misses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scim_adapter import Can, Condition, Field, Page, Query
from tests.backends import ENTERPRISE, FIELDS, Shelf
from tests.scim.harness import Engine

ALL = frozenset({"eq", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"})
TABLE: dict[str, Field | str] = {
    **FIELDS,
    "title": Field("title", read=str.lower, write=str.upper),
    "meta.created": Field("made", mutable="never"),
    "nickName": "nick",
}
NATIVE = ("login", "display", "mail", "title", "made", "enabled", "number", "boss", "roles")


class Asked(Shelf):
    """Declares every operator on most of its fields, and narrows by `eq` alone: too much is never wrong."""

    def __init__(self) -> None:
        super().__init__(can=Can(filter=dict.fromkeys(NATIVE, ALL), offset=True), fields=TABLE)

    async def find(self, query: Query) -> Page:
        self.queries.append(query)
        return Page([dict(record) for record in self.records.values()])


async def asked(filter: str) -> Sequence[Condition]:
    engine = Engine(Asked())
    await engine.create(displayName="Ada")
    engine.shelf.queries.clear()
    await engine.find(filter)
    return engine.shelf.queries[0].where


def condition(field: str, op: Any, *values: Any) -> Condition:
    return Condition(field, op, values)


ROWS: list[tuple[str, str, list[Condition]]] = [
    ("equality", 'displayName eq "Ada"', [condition("display", "eq", "Ada")]),
    ("the beginning", 'userName sw "a"', [condition("login", "sw", "a")]),
    ("a part", 'displayName co "D"', [condition("display", "co", "D")]),
    ("the end", 'displayName ew "a"', [condition("display", "ew", "a")]),
    ("an order of texts", 'displayName gt "A"', [condition("display", "gt", "A")]),
    ("an order of times", 'meta.created le "2026-01-31T00:00:00Z"', [condition("made", "le", "2026-01-31T00:00:00Z")]),
    ("present", "displayName pr", [condition("display", "pr")]),
    ("values of a list", 'roles co "x"', [condition("roles", "co", "x")]),
    ("an attribute of an extension", f'{ENTERPRISE}:employeeNumber sw "1"', [condition("number", "sw", "1")]),
    ("both sides of and", 'userName sw "a" and displayName eq "Ada"',
     [condition("display", "eq", "Ada"), condition("login", "sw", "a")]),
    ("the known side of and", 'userName sw "a" and nickName co "x"', [condition("login", "sw", "a")]),
    ("an operator that the backend has not", 'nickName sw "a"', []),
    ("or implies neither side", 'userName sw "a" or displayName eq "Ada"', []),
    ("not implies the opposite", 'not (userName sw "b")', []),
    ("ne is nobody's", 'userName ne "ada"', []),
    ("a value that is translated has another beginning", 'title sw "b"', []),
    ("but its equality can be translated", 'title eq "b"', [condition("title", "eq", "B")]),
    ("a reference has no beginning", f'{ENTERPRISE}:manager sw "x"', []),
    ("a truth has an equality alone", "active eq true", [condition("enabled", "eq", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "filter", "where"), ROWS, ids=[row[0] for row in ROWS])
async def test_conjuncts_that_the_backend_knows_are_asked_for(why: str, filter: str, where: list[Condition]) -> None:
    assert list(await asked(filter)) == where


async def test_a_narrowed_search_has_no_scan_limit_and_is_evaluated_again() -> None:
    engine = Engine(Asked(), scan_limit=2)
    for n in range(5):
        await engine.create(f"p{n}@x", displayName="Ada" if n else "Bob", nickName="x")
    assert len(await engine.find('displayName sw "a"')) == 4
    refused = await engine.send("GET", "/Users", query="filter=nickName+sw+%22x%22")
    assert (refused.status, refused.body["scimType"]) == (400, "tooMany")
