"""The file of the embedded directory: shared by processes, never mistaken for another, and silent about passwords."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings, database, schema
from scim_adapter import Get, Query, Unavailable
from tests.adapters.test_directory import change, create


async def test_a_password_is_kept_as_a_salted_hash_and_never_comes_back(tmp_path: Path) -> None:
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    users = adapter.users
    one = await create(users, password_hash="hunter2")
    two = await create(users, login="two")
    changed = await users.update(change(two, password_hash="hunter2"))
    page = await users.find(Query())
    await adapter.aclose()
    assert "password_hash" not in str([one, two, changed, page])
    assert b"hunter2" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    connection = sqlite3.connect(tmp_path / "d.db")
    kept = [row[0].split("$") for row in connection.execute("select password_hash from users")]
    connection.close()
    assert kept[0] != kept[1]
    for salt, digest in kept:
        assert hashlib.scrypt(b"hunter2", salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex() == digest


PROCESS = """
import asyncio, pathlib, sys, time
import adapters.directory
from adapters.directory import DirectoryAdapter, DirectorySettings, database, schema
from scim_adapter import Ask, Exists, New
async def main(folder, name):
    adapter = DirectoryAdapter(DirectorySettings(path=f"{folder}/d.db"))
    users = adapter.users
    pathlib.Path(folder, name).touch()
    while not pathlib.Path(folder, "go").exists():
        time.sleep(0.001)
    won = 0
    for n in range(40):
        await users.create(New({"login": f"{name}{n}"}, Ask(f"{name}{n}")))
        await users.create(New({"login": f"same{n}"}, Ask(f"same{n}")))
        try:
            won += bool(await users.create(New({"login": f"race{n}"}, Ask(f"{name} races {n}"))))
        except Exists:
            pass
    await adapter.aclose()
    print(won)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_three_processes_that_make_one_file_at_once_share_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    writers = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "abc"]
    while not all((tmp_path / name).exists() for name in "abc"):
        await asyncio.sleep(0.01)
    (tmp_path / "go").touch()
    won = [int(writer.communicate(timeout=30)[0]) for writer in writers]
    assert sum(won) == 40, "each contested login has one owner"
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    users = adapter.users
    page = await users.find(Query(limit=1000))
    await adapter.aclose()
    assert page.total == len(page.records) == len({record["id"] for record in page.records}) == 5 * 40


async def test_many_directories_that_make_one_file_at_once_all_succeed(tmp_path: Path) -> None:
    for attempt in range(5):
        settings = DirectorySettings(path=str(tmp_path / f"{attempt}.db"))
        adapters = [DirectoryAdapter(settings) for _ in range(8)]
        await asyncio.gather(*(adapter.check() for adapter in adapters))
        await asyncio.gather(*(adapter.aclose() for adapter in adapters))


async def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "d.db", isolation_level=None)
    other.execute("begin immediate")
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    check = asyncio.create_task(adapter.check())
    await asyncio.sleep(0.2)
    other.execute("rollback")
    other.close()
    await check
    await adapter.aclose()


async def test_a_closed_directory_opens_again_with_what_it_held(tmp_path: Path) -> None:
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    await adapter.aclose()
    users = adapter.users
    made = await create(users)
    await adapter.aclose()
    await adapter.aclose()
    assert await users.get(Get(made["id"])) == made
    await adapter.aclose()


def _text(path: Path) -> None:
    path.write_text("this is no database at all, and it is long enough to be read as one" * 20)


def _foreign(path: Path) -> None:
    _statements(path, "create table users (id integer)")


def _other_format(path: Path) -> None:
    _statements(path, f"pragma application_id = {schema.APPLICATION}", "pragma user_version = 99")


def _statements(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(_text, "not a database"), (_foreign, "another program"), (_other_format, "format 99"), (Path.mkdir, "unable")],
)
async def test_a_file_that_is_no_directory_is_unavailable_with_a_sentence_and_left_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 60)
    path = tmp_path / "d.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    adapter = DirectoryAdapter(DirectorySettings(path=str(path)))
    users = adapter.users
    started = time.monotonic()
    with pytest.raises(Unavailable, match=f"directory's file cannot be used.*{sentence}"):
        await adapter.check()
    assert time.monotonic() - started < 30, "nothing to wait for"
    with pytest.raises(Unavailable):
        await users.get(Get("1"))
    with pytest.raises(Unavailable):
        await create(users)
    await adapter.aclose()
    assert (path.read_bytes() if path.is_file() else b"") == before


async def test_a_locked_file_is_unavailable_for_writes_and_usable_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    adapter = DirectoryAdapter(DirectorySettings(path=str(tmp_path / "d.db")))
    users = adapter.users
    made = await create(users)
    other = sqlite3.connect(tmp_path / "d.db", isolation_level=None)
    assert other.execute("pragma journal_mode").fetchone() == ("wal",)
    other.execute("begin immediate")
    with pytest.raises(Unavailable, match="locked"):
        await users.update(change(made, title="x"))
    assert await users.get(Get(made["id"])) == made, "readers wait for nobody"
    other.execute("rollback")
    other.close()
    assert await users.update(change(made, title="x"))
    await adapter.aclose()
