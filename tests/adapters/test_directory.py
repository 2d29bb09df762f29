"""The embedded directory keeps every promise of the contract."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import (
    Ask,
    Change,
    Condition,
    Exists,
    Get,
    Gone,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Stale,
    Unavailable,
)

FULL: Native = {
    "login": "Ada@x", "enabled": True, "external_id": "E1", "display_name": "Ada", "given_name": "A",
    "family_name": "L",
    "email": "Ä@x", "phone": "1", "mobile": "2", "street": "S", "city": "C", "region": "R", "postal_code": "P",
    "country": "DE", "address": "all", "title": "T", "employee_number": "17", "department": "ER", "manager_id": "1",
}  # fmt: skip


@pytest.fixture(params=["file", ":memory:"])
async def users(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Resource]:
    path = str(tmp_path / "deep" / "d.db") if request.param == "file" else ":memory:"
    adapter = DirectoryAdapter(DirectorySettings(path=path))
    await adapter.check()
    [found] = adapter.resources()
    yield found
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


async def test_pages_hold_every_record_once_and_totals_count_matches(users: Resource) -> None:
    made = [(await create(users, login=f"u{n}"))["id"] for n in range(25)]
    seen: list[str] = []
    while len(seen) < 25:
        page = await users.find(Query(offset=len(seen), limit=10))
        assert page.total == 25
        seen += [record["id"] for record in page.records]
    assert seen == made


async def test_a_password_is_kept_as_a_hash_and_never_comes_back(users: Resource) -> None:
    field = users.fields["password"]
    assert not isinstance(field, str)
    assert field.write
    made = await create(users, password_hash=field.write("hunter2"))
    assert "hunter2" not in str(made)
    assert "password_hash" not in made
    assert field.write("hunter2") != field.write("hunter2"), "salted"


async def test_two_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    code = (
        "import asyncio,sys\nfrom adapters.directory import *\nfrom scim_adapter import *\n"
        "async def main():\n a=DirectoryAdapter(DirectorySettings(path=sys.argv[1]))\n [u]=a.resources()\n"
        " for n in range(40):\n  await u.create(New({'login':f'{sys.argv[2]}{n}'},Ask(f'{sys.argv[2]}{n}')))\n"
        " await a.aclose()\nasyncio.run(main())"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, path, name]) for name in ("a", "b")]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    adapter = DirectoryAdapter(DirectorySettings(path=str(path)))
    [users] = adapter.resources()
    page = await users.find(Query(limit=200))
    await adapter.aclose()
    assert page.total == len({record["id"] for record in page.records}) == 80


async def test_parallel_creates_of_one_login_make_one(users: Resource) -> None:
    answers = await asyncio.gather(*(create(users, login="ada") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert all(isinstance(answer, dict | Exists) for answer in answers)


async def test_a_file_that_is_no_directory_is_unavailable_with_a_sentence(tmp_path: Path) -> None:
    import sqlite3

    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("create table users (id integer)")
    connection.close()
    (tmp_path / "text.db").write_text("this is no database at all, and it is long enough to be read as one" * 20)
    for path in (foreign, tmp_path / "text.db", tmp_path):
        adapter = DirectoryAdapter(DirectorySettings(path=str(path)))
        with pytest.raises(Unavailable, match="directory's file"):
            await adapter.check()
        await adapter.aclose()


@pytest.mark.parametrize("settings", [{}, {"path": ""}, {"path": "x", "colour": "red"}, {"path": 5}])
def test_settings_reject_nonsense(settings: Any) -> None:
    with pytest.raises(ValidationError):
        DirectorySettings.model_validate(settings)
