"""What the embedded directory finds natively: perhaps too much, never too little; sorted, and page by page."""

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
    Ask,
    Can,
    Change,
    Condition,
    Exists,
    Get,
    Gone,
    Invalid,
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


def poor(**settings: Any) -> DirectoryAdapter:
    return DirectoryAdapter(DirectorySettings(path=":memory:", **settings))


async def walked(users: Resource, limit: int, **query: Any) -> list[list[Native]]:
    """All pages by cursor."""
    pages = [await users.find(Query(limit=limit, **query))]
    while pages[-1].next is not None:
        assert len(pages) < 50
        pages.append(await users.find(Query(limit=limit, cursor=pages[-1].next, **query)))
    assert all(page.total is None for page in pages)
    return [list(page.records) for page in pages]


NAMES = [None, "b", "A", "ä", None, "Z", "b", "a"]


@pytest.mark.parametrize("paging", ["offset", "cursor", "none"])
@pytest.mark.parametrize("limit", [1, 3, 8, 100])
@pytest.mark.parametrize("order", [None, "display_name", "login", "created"])
@pytest.mark.parametrize("descending", [False, True])
async def test_every_paging_finds_everything_once_in_order(
    paging: str, limit: int, order: str | None, descending: bool
) -> None:
    directory = poor(native_paging=paging)
    for number, name in enumerate(NAMES):
        await create(directory.users, login=f"u{number}", display_name=name, title="x" if number else "y")
    asked: dict[str, Any] = {"order": order, "descending": descending, "where": (Condition("title", "eq", ("X",)),)}
    records: list[Native] = []
    if paging == "cursor":
        pages = await walked(directory.users, limit, **asked)
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        records = [record for page in pages for record in page]
    elif paging == "offset":
        while len(records) < 7:
            page = await directory.users.find(Query(limit=limit, offset=len(records), **asked))
            assert (page.total, page.next) == (7, None)
            records += page.records
    else:
        page = await directory.users.find(Query(limit=limit, offset=3, **asked))
        assert (page.total, page.next) == (None, None)
        records = list(page.records)
    await directory.aclose()
    assert len(records) == len({record["id"] for record in records}) == 7
    if order:
        values = [str(record[order]).casefold() for record in records if record[order] is not None]
        assert values == sorted(values, reverse=descending)
        missing = [record[order] is None for record in records]
        assert missing == sorted(missing, reverse=descending), "missing last, or first when descending"
    else:
        assert [record["id"] for record in records] == [str(n) for n in range(2, 9)]


@pytest.mark.parametrize("cursor", ["", "x", "0", "g1", "-1", "01", "1 or 1=1"])
async def test_a_cursor_that_is_none_is_invalid(cursor: str) -> None:
    directory = poor(native_paging="cursor")
    await create(directory.users)
    for order in (None, "login"):
        with pytest.raises(Invalid):
            await directory.users.find(Query(cursor=cursor, order=order))
    await directory.aclose()


async def test_a_cursor_outlives_its_record_where_nothing_is_sorted() -> None:
    directory = poor(native_paging="cursor")
    made = [await create(directory.users, login=login) for login in "abc"]
    first = await directory.users.find(Query(limit=1))
    await directory.users.delete(Gone(made[0]["id"], {}))
    rest = await directory.users.find(Query(cursor=first.next))
    assert [record["login"] for record in rest.records] == ["b", "c"]
    with pytest.raises(Invalid, match="gone"):
        await directory.users.find(Query(cursor=first.next, order="login"))
    await directory.aclose()


async def test_groups_have_cursors_too() -> None:
    directory = poor(native_paging="cursor")
    for name in "bca":
        await directory.groups.create(New({"name": name}))
    pages = await walked(directory.groups, 1, order="name")
    await directory.aclose()
    assert [record["name"] for [record] in pages] == ["a", "b", "c"]


async def test_what_is_hidden_is_not_declared_and_not_done() -> None:
    rich, bare = poor(), poor(native_filters=False, native_sort=False, native_versions=False, native_partial=False,
                              native_amend=False, native_repeats=False, native_paging="none")  # fmt: skip
    for resource in rich.resources():
        assert resource.can.filter and resource.can.sort and resource.can.offset and resource.can.partial
        assert resource.can.version == "version" and resource.can.repeatable_create
    for resource in bare.resources():
        assert resource.can == Can(partial=False)
    assert rich.groups.declares("amend")
    assert not bare.groups.declares("amend")
    for login in ("b", "a"):
        made = await create(bare.users, login=login)
        assert "version" not in made
    page = await bare.users.find(Query((Condition("login", "eq", ("a",)),), order="login", limit=1))
    assert [record["login"] for record in page.records] == ["b", "a"]
    await bare.users.create(New({"login": "c"}, Ask("op")))
    with pytest.raises(Exists):
        await bare.users.create(New({"login": "c"}, Ask("op")))
    await bare.aclose()


async def test_a_whole_record_replaces_all_but_the_password_and_keeps_members_when_they_are_sent() -> None:
    directory = poor(native_partial=False)
    ada = await create(directory.users, title="x", enabled=False, password_hash="p", roles=[{"value": "r"}])
    after = {"login": "ada", "display_name": "Ada"}
    changed = await directory.users.update(Change(ada["id"], ada, after, {"title": "ignored"}))
    assert changed
    assert (changed["display_name"], changed["title"], changed["roles"]) == ("Ada", None, None)
    [kept] = await directory._database.read(lambda c: c.execute("select password_hash from users").fetchone())
    assert kept is not None
    made = await directory.groups.create(New({"name": "g", "external_id": "E", "members": [{"value": ada["id"]}]}))
    await directory.groups.update(Change(made["id"], made, {**made, "name": "h"}, {}))
    assert (await directory.groups.get(Get(made["id"]))).items() >= {
        "name": "h", "external_id": "E", "members": made["members"]}.items()  # fmt: skip
    await directory.groups.update(Change(made["id"], made, {"name": "h"}, {}))
    assert (await directory.groups.get(Get(made["id"])))["members"] == []
    await directory.aclose()


@pytest.mark.parametrize("resource", ["users", "groups"])
async def test_whatever_is_declared_can_be_asked(resource: str) -> None:
    directory = poor()
    chosen: Resource = getattr(directory, resource)
    key = await chosen.create(New({"login": "ada", "name": "ada"}))
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
    directory = poor()
    asked: list[str] = []
    await directory._database.read(lambda c: c.set_trace_callback(asked.append))
    resource: Resource = getattr(directory, table)
    await resource.find(Query((Condition(field, "eq", ("7", "8")),), order=order))
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
