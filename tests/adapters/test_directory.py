"""The embedded directory keeps every promise of the contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import adapters.directory
from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import (
    Ask,
    Change,
    Condition,
    Exists,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Stale,
)

FULL: Native = {
    "login": "Ada@x", "enabled": True, "external_id": "E1", "display_name": "Ada", "given_name": "A",
    "family_name": "L",
    "email": "Ä@x", "phone": "1", "mobile": "2", "street": "S", "city": "C", "region": "R", "postal_code": "P",
    "country": "DE", "address": "all", "title": "T", "employee_number": "17", "department": "ER",
}  # fmt: skip


@pytest.fixture(params=["file", ":memory:"])
async def users(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Resource]:
    path = str(tmp_path / "deep" / "d.db") if request.param == "file" else ":memory:"
    adapter = DirectoryAdapter(DirectorySettings(path=path))
    await adapter.check()
    yield adapter.users
    await adapter.aclose()


async def create(users: Resource, **values: Any) -> Native:
    made = await users.create(New({"login": "ada", **values}, Ask(op=values.pop("op", ""))))
    assert isinstance(made, dict)
    return made


def change(before: Native, **values: Any) -> Change:
    version = str(before["version"])
    return Change(before["id"], before, {**before, **values}, values, version=version)


async def matching(users: Resource, field: str, *values: Any) -> Page:
    return await users.find(Query((Condition(field, "eq", values),)))


async def test_empty_is_empty(users: Resource) -> None:
    assert await users.find(Query()) == Page([], total=0)


async def test_created_is_found_once_with_its_values(users: Resource) -> None:
    made = await create(users, **FULL)
    assert made.items() >= FULL.items()
    assert await users.get(Get(made["id"])) == made
    page = await users.find(Query())
    assert made.pop("groups") == [], "which lists do not have"
    assert (page.records, page.total) == ([made], 1)


async def test_records_are_copies(users: Resource) -> None:
    made = await create(users)
    made["display_name"] = "changed here only"
    assert (await users.get(Get(made["id"])))["display_name"] is None


@pytest.mark.parametrize("key", ["0", "99", "x", "", "1 or 1=1", "1.0", "01", " 1", "٣", "9" * 40])
async def test_unknown_is_not_found_everywhere(users: Resource, key: str) -> None:
    made = await create(users)
    with pytest.raises(NotFound):
        await users.get(Get(key))
    with pytest.raises(NotFound):
        await users.update(Change(key, made, made, {"title": "x"}))
    with pytest.raises(NotFound):
        await users.delete(Gone(key, made))


@pytest.mark.parametrize(("first", "second"), [("ada", "ADA"), ("Straße", "STRASSE"), ("zoë", "ZOË")])
async def test_a_login_is_taken_in_any_case_on_create_and_update(users: Resource, first: str, second: str) -> None:
    await create(users, login=first)
    with pytest.raises(Exists) as refused:
        await create(users, login=second)
    assert refused.value.field == "login"
    other = await create(users, login="other")
    with pytest.raises(Exists):
        await users.update(change(other, login=second))


async def test_the_same_operation_creates_once(users: Resource) -> None:
    record = {"login": "ada"}
    first = await users.create(New(record, Ask("op-1")))
    assert await users.create(New(record, Ask("op-1"))) == first
    assert (await users.find(Query())).total == 1
    with pytest.raises(Exists):
        await users.create(New(record, Ask("op-2")))


async def test_an_update_changes_only_what_changed_and_none_clears(users: Resource) -> None:
    made = await create(users, **FULL)
    changed = await users.update(change(made, title=None, department="ICU", login="ADA@x"))
    assert changed
    differing = {name for name in made if made[name] != changed[name]}
    assert differing <= {"title", "department", "login", "version", "modified"}
    assert (changed["title"], changed["department"], changed["login"]) == (None, "ICU", "ADA@x")
    assert changed["version"] == made["version"] + 1


async def test_a_stale_version_is_refused_and_nothing_changes(users: Resource) -> None:
    made = await create(users)
    await users.update(change(made, title="first"))
    with pytest.raises(Stale):
        await users.update(change(made, title="second"))
    assert (await users.get(Get(made["id"])))["title"] == "first"


async def test_a_user_that_changed_is_not_deleted_by_its_old_version(users: Resource) -> None:
    made = await create(users)
    await users.update(change(made, title="new"))
    with pytest.raises(Stale):
        await users.delete(Gone(made["id"], made, version=str(made["version"])))
    assert (await users.find(Query())).total == 1


@pytest.mark.parametrize("record", [{}, {"login": None}, {"login": ""}])
async def test_a_user_without_a_login_is_invalid(users: Resource, record: Native) -> None:
    with pytest.raises(Invalid) as refused:
        await users.create(New(record))
    assert refused.value.field == "login"
    made = await create(users)
    if record:
        with pytest.raises(Invalid):
            await users.update(change(made, **record))
    assert (await users.get(Get(made["id"]))) == made


async def test_a_disabled_user_stays_disabled_and_an_unsaid_one_is_enabled(users: Resource) -> None:
    made = await create(users)
    assert made["enabled"] is True
    changed = await users.update(change(made, enabled=False))
    assert changed and changed["enabled"] is False
    changed = await users.update(change(changed, title="x"))
    assert changed and changed["enabled"] is False
    assert (await create(users, login="born.disabled", enabled=False))["enabled"] is False


async def test_an_update_of_nothing_changes_nothing(users: Resource) -> None:
    made = await create(users, **FULL)
    assert await users.update(change(made)) == made


async def test_every_mapped_field_is_kept_and_comes_back(users: Resource) -> None:
    names = [field if isinstance(field, str) else field.native for field in users.fields.values()]
    others = {"enabled", "created", "modified", "password_hash", "manager", "manager_name"}
    texts = {name: f"{name} Ü%_'" for name in names if name not in others}
    made = await create(users, **texts)
    assert made.items() >= texts.items()
    cleared: Native = {name: None for name in texts if name != "login"}
    emptied = await users.update(change(made, **cleared))
    assert emptied and emptied.items() >= cleared.items()


async def test_a_cleared_email_is_not_found_any_more(users: Resource) -> None:
    made = await create(users, email="Ada@x")
    await users.update(change(made, email=None))
    for value in ("ada@x", "None", ""):
        assert (await matching(users, "email", value)).total == 0


async def test_times_are_utc_and_only_the_second_one_moves(users: Resource) -> None:
    made = await create(users)
    await asyncio.sleep(0.002)
    changed = await users.update(change(made, title="x"))
    assert changed
    for moment in (made["created"], made["modified"], changed["modified"]):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(0)
    assert changed["created"] == made["created"] == made["modified"] < changed["modified"]


async def test_a_deleted_user_is_gone_and_its_id_is_never_used_again(users: Resource) -> None:
    made = await create(users)
    await users.delete(Gone(made["id"], made))
    with pytest.raises(NotFound):
        await users.get(Get(made["id"]))
    assert (await create(users))["id"] != made["id"]


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
@pytest.mark.parametrize("field", ["login", "email", "external_id"])
async def test_a_filter_loses_no_match(users: Resource, field: str, value: str) -> None:
    for number, other in enumerate(VALUES):
        await create(users, **{"login": f"u{number}", field: other})
    spelling = value if field == "external_id" else value.upper()
    page = await matching(users, field, spelling)
    assert [record[field] for record in page.records] == [value]
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
        await create(users, login=f"u{number}", email="same@x" if number else "other@x")
    both = (Condition("login", "eq", ("u0", "U1", "u2")), Condition("email", "eq", ("SAME@x",)))
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


async def test_parallel_creates_of_one_login_make_one(users: Resource) -> None:
    answers = await asyncio.gather(*(create(users, login="ada") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert all(isinstance(answer, dict | Exists) for answer in answers)


def test_the_registry_finds_the_adapter() -> None:
    assert adapters.directory.adapter is DirectoryAdapter


@pytest.mark.parametrize("settings", [{}, {"path": ""}, {"path": "x", "colour": "red"}, {"path": 5}])
def test_settings_reject_nonsense(settings: Any) -> None:
    with pytest.raises(ValidationError):
        DirectorySettings.model_validate(settings)
