"""What the embedded directory finds natively: perhaps too much, never too little."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from adapters.directory.schema import stamp
from scim_adapter import (
    Condition,
    Native,
    New,
    Query,
    Resource,
)
from tests.adapters.test_directory import create, matching


@pytest.fixture
async def users() -> AsyncIterator[Resource]:
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


HELD: list[str | None] = [None, *VALUES, "Ada", "ADA Lovelace", "İ", "ﬁ", "ΣΊΣΥΦΟΣ", "x\x00y", "e\u0301"]
ASKED = [
    "ada",
    "ADA",
    "a",
    "%",
    "_",
    "ß",
    "SS",
    "ss",
    "i",
    "FI",
    "ς",
    "x\x00",
    "y",
    "lace",
    " ",
    "",
    "\\",
    "'",
    "é",
    "null",
    "none",
]
TESTS: dict[str, Any] = {
    "eq": lambda held, asked: held == asked,
    "co": lambda held, asked: asked in held,
    "sw": lambda held, asked: held.startswith(asked),
    "ew": lambda held, asked: held.endswith(asked),
    "pr": lambda held, asked: True,
}


@pytest.mark.parametrize("field", ["display_name", "title", "external_id", "emails", "roles", "phone_numbers"])
@pytest.mark.parametrize("op", TESTS)
async def test_no_operator_loses_a_match_and_most_find_nothing_else(users: Resource, field: str, op: Any) -> None:
    many = field in ("emails", "roles", "phone_numbers")
    fold = str if field == "external_id" else str.casefold
    for number, value in enumerate(HELD):
        held = [{"value": "other"}, {"value": value}] if many and value is not None else value
        await create(users, **{"login": f"u{number}", field: held})
    for asked in ASKED:
        expected = {
            f"u{number}"
            for number, value in enumerate(HELD)
            if value and any(TESTS[op](fold(one), fold(asked)) for one in ([value, "other"] if many else [value]))
        }
        page = await users.find(Query((Condition(field, op, () if op == "pr" else (asked,)),), limit=100))
        found = {record["login"] for record in page.records}
        assert found >= expected, (asked, found ^ expected)
        if op != "ew":
            assert found == expected, (asked, found ^ expected)
        assert page.total == len(found)


SECOND = ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:01Z"]
MOMENTS = [
    ("gt", "2026-01-31T12:00:00Z", {1, 2}), ("ge", "2026-01-31T12:00:00.500Z", {1, 2}),
    ("lt", "2026-01-31T12:00:00.5Z", {0}), ("le", "2026-01-31T14:00:00+02:00", {0}),
    ("eq", "2026-01-31T07:00:01-05:00", {2}), ("gt", "2026-01-31T12:00:00.5001Z", {2}),
    ("lt", "2026-01-31T12:00:00.5001Z", {0, 1}), ("ge", "2026-01-31T12:00:00.4999", {1, 2}),
    ("gt", "2027-01-01", set()), ("lt", "not a time", {0, 1, 2}), ("gt", 5, {0, 1, 2}),
]  # fmt: skip


def _created(moment: str, key: str, connection: sqlite3.Connection) -> None:
    connection.execute("update users set created = ? where id = ?", (moment, key))


@pytest.mark.parametrize(("op", "asked", "expected"), MOMENTS)
async def test_times_are_compared_as_times(op: Any, asked: Any, expected: set[int]) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    for number, moment in enumerate(SECOND):
        made = await create(directory.users, login=f"u{number}")
        kept = stamp(datetime.fromisoformat(moment))
        await directory._database.write(partial(_created, kept, made["id"]))
    found = await directory.users.find(Query((Condition("created", op, (asked,)),)))
    await directory.aclose()
    numbers = {int(record["login"][1:]) for record in found.records}
    assert numbers >= expected
    assert len(numbers) <= len(expected) + 1, "what is cut from a value lets one more through at most"


async def test_flags_and_managers_are_found(users: Resource) -> None:
    boss = await create(users, login="boss", enabled=False)
    await create(users, manager=boss["id"])
    for field, value, logins in [
        ("enabled", True, ["ada"]), ("enabled", False, ["boss"]), ("enabled", "True", ["boss", "ada"]),
        ("manager", boss["id"], ["ada"]), ("manager", "g1", []), ("manager", "x", []),
    ]:  # fmt: skip
        assert [record["login"] for record in (await matching(users, field, value)).records] == logins, (field, value)


@pytest.mark.parametrize("resource", ["users", "groups"])
async def test_whatever_is_declared_can_be_asked(resource: str) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    chosen: Resource = getattr(directory, resource)
    key = await chosen.create(New({"login" if resource == "users" else "name": "ada"}))
    assert isinstance(key, dict)
    for field, operators in chosen.can.filter.items():
        for op in operators:
            page = await chosen.find(Query((Condition(field, op, () if op == "pr" else ("ada",)),)))  # type: ignore[arg-type]
            assert page.total in (0, 1)
    for field in chosen.can.sort:
        assert (await chosen.find(Query(order=field))).total == 1
    await directory.aclose()


INDEXED = {
    "users": ("id", "login", "external_id", "display_name", "employee_number", "emails", "roles", "manager", "groups"),
    "groups": ("id", "name", "external_id", "members"),
}


@pytest.mark.parametrize(("table", "field"), [(table, field) for table, fields in INDEXED.items() for field in fields])
@pytest.mark.parametrize("order", [None, "created"])
async def test_the_commonest_searches_read_no_whole_table(table: str, field: str, order: str | None) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    asked: list[str] = []
    await directory._database.read(lambda c: c.set_trace_callback(asked.append))
    resource: Resource = getattr(directory, table)
    await resource.find(Query((Condition(field, "eq", ("7", "8")),), order=order, offset=1))
    await directory._database.read(lambda c: c.set_trace_callback(None))
    found = [statement for statement in asked if statement.startswith("select")]
    assert len(found) == 2, "the page and the total"
    for statement in found:
        plan = await directory._database.read(partial(_plan, statement))
        assert plan
        assert not [step for step in plan if step.startswith(f"SCAN {table}")], plan
    await directory.aclose()


def _plan(statement: str, connection: sqlite3.Connection) -> list[str]:
    return [row[3] for row in connection.execute(f"explain query plan {statement}")]
