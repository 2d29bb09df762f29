"""What the embedded directory finds natively: perhaps too much, never too little; sorted, and page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import Condition, Native, Query, Resource
from tests.adapters.test_directory import create, matching


@pytest.fixture
async def users(tmp_path: Path) -> AsyncIterator[Resource]:
    adapter = DirectoryAdapter(DirectorySettings(path=":memory:"))
    yield adapter.users
    await adapter.aclose()


VALUES = [
    "ada",
    "a'b",
    'a"b',
    "a%",
    "a_",
    "a\\b",
    "漢字",
    "zoë",
    "straße",
    "a+b@x",
    " a ",
    "a\nb",
    "%",
    "_",
    "*",
    "null",
    "0",
    "-- x",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "field", ["login", "emails", "roles", "external_id", "display_name", "employee_number", "title"]
)
async def test_a_filter_loses_no_match(users: Resource, field: str, value: str) -> None:
    for number, other in enumerate(VALUES):
        held = [{"value": "x"}, {"value": other}] if field in ("emails", "roles") else other
        await create(users, **{"login": f"u{number}", field: held})
    spelling = value if field == "external_id" else value.upper()
    page = await matching(users, field, spelling)
    assert [record[field] for record in page.records] == [
        [{"value": "x"}, {"value": value}] if field in ("emails", "roles") else value
    ]
    assert page.total == 1
    assert len((await matching(users, field, value, "漢字")).records) == (1 if value == "漢字" else 2)


SEARCHES = [
    ("co", "A%", ["a%"]), ("co", "_", ["a_", "_"]), ("co", "ZO", ["zoë"]), ("co", "OË", ["zoë"]), ("co", "'", ["a'b"]),
    ("co", "\\", ["a\\b"]), ("co", "漢", ["漢字"]), ("co", "none of them", []), ("sw", "A", ["a'b", 'a"b', "a%", "a_",
    "a\\b", "ada", "a+b@x", "a\nb"]), ("sw", "%", ["%"]), ("sw", "DA", []), ("sw", "ZOË", ["zoë"]),
    ("eq", "ZOË", ["zoë"]),
]  # fmt: skip


@pytest.mark.parametrize(("op", "value", "logins"), SEARCHES)
async def test_a_login_is_found_by_its_parts(users: Resource, op: Any, value: str, logins: list[str]) -> None:
    for other in VALUES:
        await create(users, login=other)
    page = await users.find(Query((Condition("login", op, (value,)),)))
    assert {record["login"] for record in page.records} == set(logins)
    assert page.total == len(logins)


async def test_conditions_hold_together_and_any_of_their_values_is_enough(users: Resource) -> None:
    for number in range(4):
        await create(users, login=f"u{number}", emails=[{"value": "same@x" if number else "other@x"}])
    both = (Condition("login", "eq", ("u0", "U1", "u2")), Condition("emails", "eq", ("SAME@x",)))
    assert [record["login"] for record in (await users.find(Query(both))).records] == ["u1", "u2"]
    assert (await users.find(Query((Condition("login", "eq", ()),)))).total == 0


async def test_what_is_not_declared_narrows_nothing(users: Resource) -> None:
    await create(users, title="x")
    conditions = [
        Condition("addresses", "eq", ("y",)), Condition("title", "gt", ("y",)), Condition("login", "ne", ("ada",)),
        Condition("op", "eq", ("y",)), Condition("1=0 --", "eq", ("y",)), Condition("password_hash", "pr", ()),
        Condition("enabled", "eq", ("perhaps",)), Condition("modified", "gt", ("yesterday",)),
    ]  # fmt: skip
    for condition in conditions:
        assert (await users.find(Query((condition,)))).total == 1


async def test_a_key_is_searched_as_it_is_written(users: Resource) -> None:
    made = await create(users)
    assert (await matching(users, "id", made["id"])).total == 1
    for key in ("01", "1.0", " 1", "", "x", 2):
        assert (await matching(users, "id", key)).total == 0


@pytest.mark.parametrize("field", ["login", "created", "modified"])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_are_in_the_order_asked_for(users: Resource, field: str, descending: bool) -> None:
    for login in ("b", "A", "ä", "C", "Z"):
        await create(users, login=login)
    records: list[Native] = []
    while len(records) < 5:
        records += (await users.find(Query(order=field, descending=descending, offset=len(records), limit=2))).records
    values = [str(record[field]).casefold() for record in records]
    assert values == sorted(values, reverse=descending)
    assert len({record["id"] for record in records}) == 5


async def test_pages_hold_every_record_once_and_totals_count_matches(users: Resource) -> None:
    made = [(await create(users, login=f"u{n}"))["id"] for n in range(25)]
    seen: list[str] = []
    while len(seen) < 25:
        page = await users.find(Query(offset=len(seen), limit=10))
        assert page.total == 25
        seen += [record["id"] for record in page.records]
    assert seen == made
