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
    Field,
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
    "emails": [{"value": "Ä@x", "type": "work", "primary": True}, {"value": "b@x"}], "title": "T",
    "addresses": [{"formatted": "all", "streetAddress": "S", "locality": "C", "type": "home"}],
    "roles": [{"value": "nurse", "display": "Nurse"}], "employee_number": "17", "department": "ER",
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
    unsaid = await create(users, login="unsaid", enabled=None)
    assert unsaid["enabled"] is True
    taken = await users.update(change(unsaid, enabled=None))
    assert taken and taken["enabled"] is None and await users.get(Get(unsaid["id"])) == taken
    for value in (True, False):
        where = (Condition("enabled", "eq", (value,)),)
        assert unsaid["id"] not in [one["id"] for one in (await users.find(Query(where=where))).records]
    again = await users.update(change(taken, enabled=False))
    assert again and again["enabled"] is False


async def test_an_update_of_nothing_changes_nothing(users: Resource) -> None:
    made = await create(users, **FULL)
    assert await users.update(change(made)) == made


async def test_every_mapped_field_is_kept_and_comes_back(users: Resource) -> None:
    fields = [Field(field) if isinstance(field, str) else field for field in users.fields.values()]
    others = {"enabled", "password_hash", "manager"}
    written = [field for field in fields if field.mutable == "always" and field.native not in others]
    values: Native = {
        field.native: [{"value": "Ü", "type": f"{n}"} for n in range(3)] if field.many else f"{field.native} Ü%_'"
        for field in written
    }
    assert len(values) > 25
    made = await create(users, **values)
    assert made.items() >= values.items()
    cleared: Native = {name: None for name in values if name != "login"}
    emptied = await users.update(change(made, **cleared))
    assert emptied and emptied.items() >= cleared.items()


@pytest.mark.parametrize("field", ["emails", "roles"])
@pytest.mark.parametrize("cleared", [None, [], [{"value": None}], [{"display": "x"}]])
async def test_a_cleared_list_is_not_found_any_more(users: Resource, field: str, cleared: Any) -> None:
    made = await create(users, **{field: [{"value": "Ada@x"}, {"value": "b@x"}]})
    changed = await users.update(change(made, **{field: [{"value": "b@x"}]}))
    assert changed
    assert [(await matching(users, field, value)).total for value in ("ada@x", "b@x")] == [0, 1]
    await users.update(change(changed, **{field: cleared}))
    for value in ("ada@x", "b@x", "None", "null", ""):
        assert (await matching(users, field, value)).total == 0


async def test_an_element_of_a_list_that_is_no_object_is_invalid(users: Resource) -> None:
    with pytest.raises(Invalid) as refused:
        await create(users, roles=["nurse"])
    assert refused.value.field == "roles"


@pytest.mark.parametrize("key", ["99", "x", "g1", "01", ""])
async def test_a_manager_must_be_there(users: Resource, key: str) -> None:
    boss = await create(users, login="boss")
    made = await create(users, manager=boss["id"])
    for attempt in (create(users, login="new", manager=key), users.update(change(made, manager=key))):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.field == "manager"
    assert (await users.get(Get(made["id"])))["manager"] == boss["id"]


async def test_a_managers_name_is_shown_and_follows_and_the_deleted_are_forgotten(users: Resource) -> None:
    boss = await create(users, login="boss")
    ada = await create(users, manager=boss["id"])
    assert (ada["manager"], ada["manager_name"]) == (boss["id"], "boss")
    await users.update(change(boss, display_name="Boss"))
    shown = await users.get(Get(ada["id"]))
    assert (shown["manager_name"], shown["version"]) == ("Boss", 2), "the record changed"
    await users.delete(Gone(boss["id"], boss))
    left = await users.get(Get(ada["id"]))
    assert (left["manager"], left["manager_name"], left["version"]) == (None, None, 3)


async def test_only_the_fields_asked_for_are_read_beside_key_and_version(users: Resource) -> None:
    made = await create(users, **FULL)
    fields = frozenset(("emails", "manager_name", "unheard of"))
    wanted = {name: made[name] for name in ("id", "version", "emails", "manager_name")}
    assert await users.get(Get(made["id"], fields)) == wanted
    assert (await users.find(Query(fields=fields))).records == [wanted]
    assert (await users.get(Get(made["id"], frozenset({"groups"})))).keys() == {"id", "version", "groups"}


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
