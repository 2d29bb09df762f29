"""Files of the directory's earlier formats are brought forward, whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings, schema
from scim_adapter import Ask, Condition, Get, New, NotFound, Query, Unavailable
from tests.adapters.test_directory import change, create

TEXTS = (
    "external_id", "display_name", "given_name", "family_name", "formatted_name", "title", "email", "phone", "mobile",
    "street", "city", "region", "postal_code", "country", "address", "nick_name", "user_type", "preferred_language",
    "locale", "timezone", "employee_number", "department", "cost_center", "organization", "division", "manager_id",
    "password_hash",
)  # fmt: skip
TAIL = "version integer not null default 1, created text not null, modified text not null, op text unique"
FORMATS = {
    1: (
        f"""create table if not exists users (
    id integer primary key autoincrement, login text not null, login_folded text not null unique,
    enabled integer not null default 1, {", ".join(f"{name} text" for name in TEXTS)}, {TAIL})""",
        "create index if not exists users_external_id on users (external_id)",
    ),
    2: (
        f"""create table users (
    id integer primary key autoincrement, login text not null, login_folded text not null unique, email_folded text,
    enabled integer not null default 1, {", ".join(f"{name} text" for name in TEXTS)}, {TAIL})""",
        "create index users_external_id on users (external_id)",
        "create index users_email on users (email_folded)",
    ),
}
"""The statements by which earlier versions made their files."""
MADE = {"created": "2026-01-02T03:04:05.678Z", "modified": "2026-02-03T04:05:06.789Z"}
ROWS: list[dict[str, Any]] = [
    {"id": 3, "login": "Zoë", "login_folded": "zoë", "manager_id": "7", "version": 4, "op": "op-3", **MADE}
    | {name: f"{name} of Zoë" for name in TEXTS if name != "manager_id"},
    {"id": 7, "login": "boss", "login_folded": "boss", "enabled": 0, "manager_id": "99", "email": "Ä@x", **MADE},
    {"id": 8, "login": "bare", "login_folded": "bare", "manager_id": "not a key", "title": "", **MADE},
    {"id": 12, "login": "deleted", "login_folded": "deleted", **MADE},
]


def earlier(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    for statement in FORMATS[version]:
        connection.execute(statement)
    for row in ROWS:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into users ({', '.join(row)}) values ({marks})", tuple(row.values()))
    connection.execute("delete from users where login = 'deleted'")
    connection.execute(f"pragma application_id = {schema.APPLICATION}")
    connection.execute(f"pragma user_version = {version}")
    connection.commit()
    connection.execute("pragma journal_mode = wal")
    connection.close()


@pytest.fixture(params=FORMATS)
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DirectoryAdapter]:
    earlier(tmp_path / "d.db", request.param)
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    yield adapter
    await adapter.aclose()


async def test_users_keep_their_keys_values_versions_and_times(old: DirectoryAdapter) -> None:
    zoe = await old.users.get(Get("3"))
    same = [name for name in TEXTS if name in zoe and name != "manager_id"]
    assert len(same) > 15
    assert {name: zoe[name] for name in same} == {name: f"{name} of Zoë" for name in same}
    assert zoe.items() >= {"login": "Zoë", "enabled": True, "manager": "7", "version": 4, **MADE}.items()
    boss, bare = await old.users.get(Get("7")), await old.users.get(Get("8"))
    assert (boss["enabled"], boss["manager"], boss["version"]) == (False, None, 1)
    assert (bare["manager"], bare["title"], bare["emails"], bare["addresses"]) == (None, "", None, None)


async def test_single_values_become_lists(old: DirectoryAdapter) -> None:
    zoe = await old.users.get(Get("3"))
    assert zoe["emails"] == [{"type": "work", "value": "email of Zoë", "primary": True}]
    assert zoe["phone_numbers"] == [
        {"type": "work", "value": "phone of Zoë"},
        {"type": "mobile", "value": "mobile of Zoë"},
    ]
    address = {"formatted": "address", "streetAddress": "street", "locality": "city", "region": "region",
               "postalCode": "postal_code", "country": "country"}  # fmt: skip
    assert zoe["addresses"] == [
        {"type": "work", "primary": True} | {sub: f"{name} of Zoë" for sub, name in address.items()}
    ]


async def test_what_was_kept_is_found_and_what_is_new_works(old: DirectoryAdapter) -> None:
    for field, value in [
        ("login", "ZOË"),
        ("emails", "EMAIL OF ZOË"),
        ("display_name", "Display_name of zoë"),
        ("employee_number", "EMPLOYEE_number of zoë"),
        ("external_id", "external_id of Zoë"),
    ]:
        page = await old.users.find(Query((Condition(field, "eq", (value,)),)))
        assert [record["id"] for record in page.records] == ["3"], field
    changed = await old.users.update(change(await old.users.get(Get("3")), title="new"))
    assert changed["version"] == 5
    made = await old.groups.create(New({"name": "All", "members": [{"value": "3"}, {"value": "8"}]}))
    assert len(made["members"]) == 2


async def test_operations_and_passwords_are_remembered_and_deleted_keys_are_not_used_again(
    old: DirectoryAdapter, tmp_path: Path
) -> None:
    again = await old.users.create(New({"login": "anything"}, Ask("op-3")))
    assert again["id"] == "3"
    assert (await create(old.users, login="new"))["id"] == "13"
    connection = sqlite3.connect(tmp_path / "d.db")
    assert connection.execute("select password_hash from users where id = 3").fetchone() == ("password_hash of Zoë",)
    assert connection.execute("select count(*) from sqlite_sequence where name = 'users'").fetchone() == (1,)
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()


async def test_a_migrated_file_is_like_a_new_one(old: DirectoryAdapter, tmp_path: Path) -> None:
    await old.check()
    new = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "new.db")))
    await new.check()
    await new.aclose()
    made = []
    for name in ("d.db", "new.db"):
        connection = sqlite3.connect(tmp_path / name)
        made.append(
            sorted(connection.execute("select type, name, tbl_name, sql from sqlite_master").fetchall(), key=str)
        )
        made.append(connection.execute("pragma user_version").fetchall())
        connection.close()
    assert made[0] == made[2]
    assert made[1] == made[3] == [(schema.VERSION,)]


@pytest.mark.parametrize("version", FORMATS)
async def test_an_empty_file_of_an_earlier_format_is_brought_forward(tmp_path: Path, version: int) -> None:
    earlier(tmp_path / "d.db", version)
    connection = sqlite3.connect(tmp_path / "d.db")
    connection.execute("delete from users")
    connection.commit()
    connection.close()
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    assert (await create(adapter.users))["id"] == "13"
    await adapter.aclose()


@pytest.mark.parametrize("version", FORMATS)
async def test_many_that_open_one_earlier_file_at_once_bring_it_forward_once(tmp_path: Path, version: int) -> None:
    earlier(tmp_path / "d.db", version)
    adapters = [DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db"))) for _ in range(8)]
    await asyncio.gather(*(adapter.check() for adapter in adapters))
    assert {(await adapter.users.find(Query())).total for adapter in adapters} == {3}
    await asyncio.gather(*(adapter.aclose() for adapter in adapters))


@pytest.mark.parametrize("version", FORMATS)
async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(tmp_path / "d.db", version)
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    with monkeypatch.context() as broken:
        broken.setattr(schema, "TABLES", (*schema.TABLES, "create table users (id)"))
        with pytest.raises(Unavailable):
            await adapter.check()
    connection = sqlite3.connect(tmp_path / "d.db")
    assert connection.execute("pragma user_version").fetchone() == (version,)
    assert connection.execute("select count(*) from users").fetchone() == (3,)
    connection.close()
    assert (await adapter.users.get(Get("3")))["login"] == "Zoë"
    with pytest.raises(NotFound):
        await adapter.users.get(Get("12"))
    await adapter.aclose()
