"""What only the store in a file must do: share it, survive a kill, and know its own files."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.stores import sqlite_file
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Conflict, Insert, StoreUnavailable

P = "acme.user"
WRITER = """
import asyncio, sys, time
from pathlib import Path
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Conflict, Insert, Merge
async def main(folder, name):
    told = open(f"{folder}/{name}.out", "w", buffering=1)
    while not Path(folder, "go").exists():
        time.sleep(0.001)
    store = SqliteStore(Path(folder, "shared.db"))
    for number in range(100000):
        await store.commit("acme.user", [Insert(f"w.{name}.{number}", {}), Merge("last", {name: number})])
        print("own", number, file=told)
        try:
            await store.commit("acme.user", [Insert(f"i.{number}", {"by": name}), Insert(f"o.{number}", {"by": name})])
        except Conflict:
            continue
        print("won", number, file=told)
asyncio.run(main(*sys.argv[1:]))
"""


def until(condition: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_three_processes_share_a_file_and_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    told = {name: tmp_path / f"{name}.out" for name in "abc"}
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in told]
    try:
        until(lambda: all(file.exists() for file in told.values()))
        (tmp_path / "go").touch()  # all three meet an empty place and make the file at once
        until(
            lambda: (
                any(writer.poll() is not None for writer in writers)
                or all(len(file.read_text().splitlines()) > 40 for file in told.values())
            )
        )
    finally:
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
    assert [writer.communicate()[1] for writer in writers] == [b"", b"", b""]
    lines = [(name, *line.split()) for name, file in told.items() for line in file.read_text().splitlines()]
    won = {number: name for name, word, number in lines if word == "won"}
    assert len(won) == sum(word == "won" for _, word, _ in lines), "two processes were both told that they inserted it"
    store = SqliteStore(tmp_path / "shared.db")
    own, first, second = [{row.key[2:]: row.values async for row in store.scan(P, f"{kind}.")} for kind in "wio"]
    await store.aclose()
    assert {f"{name}.{number}" for name, word, number in lines if word == "own"} <= own.keys()
    assert won.items() <= {number: values["by"] for number, values in first.items()}.items()
    assert first == second, "no half commit"


async def test_many_stores_that_make_one_file_at_once_all_succeed(tmp_path: Path) -> None:
    for attempt in range(5):
        stores = [SqliteStore(tmp_path / f"{attempt}.db") for _ in range(8)]
        commits = (store.commit(P, [Insert(f"i.{n}", {"n": n})]) for n, store in enumerate(stores))
        assert len(await asyncio.gather(*commits)) == 8
        assert len([row async for row in stores[0].scan(P, "i.")]) == 8
        await asyncio.gather(*(store.aclose() for store in stores))


async def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("begin immediate")
    store = SqliteStore(tmp_path / "a.db")
    commit = asyncio.create_task(store.commit(P, [Insert("i.a", {})]))
    await asyncio.sleep(0.2)
    other.execute("rollback")
    other.close()
    assert len(await commit) == 1
    await store.aclose()


async def test_of_inserts_through_several_stores_one_wins(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "a.db") for _ in range(4)]

    async def attempt(number: int) -> bool:
        try:
            await stores[number % 4].commit(P, [Insert("c.race", {"by": number})])
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, range(40)))) == 1
    await asyncio.gather(*(store.aclose() for store in stores))


async def test_rows_of_a_file_outlive_the_store_and_a_closed_store_opens_again(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path / "deep" / "a.db"), SqliteStore(tmp_path / "deep" / "a.db")
    await first.commit(P, [Insert("i.a", {"n": 1})])
    row = await second.get(P, "i.a")
    assert row and row.values == {"n": 1}
    await first.aclose()
    await second.aclose()
    assert await second.get(P, "i.a") is not None
    await second.aclose()
    await second.aclose()


def _text(path: Path) -> None:
    path.write_text("no database, but long enough to be looked at as one" * 40)


def _newer(path: Path) -> None:
    _statements(path, f"pragma application_id = {sqlite_file.APPLICATION}", "pragma user_version = 99")


def _foreign(path: Path) -> None:
    _statements(path, "create table rows (id integer)")


def _marked(path: Path) -> None:
    _statements(path, "pragma application_id = 7")


def _statements(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(_text, "not a database"), (_newer, "newer Scimgate .format 99, known is 1"), (_foreign, "another program"),
     (_marked, "another program"), (Path.mkdir, "unable to open")],
)  # fmt: skip
async def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(
    tmp_path: Path, spoil: object, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 60)
    path = tmp_path / "a.db"
    spoil(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else b""
    store = SqliteStore(path)
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=sentence):
            await store.get(P, "i.a")
    assert time.monotonic() - started < 30, "nothing to wait for"
    with pytest.raises(StoreUnavailable, match=sentence):
        await store.commit(P, [Insert("i.a", {})])
    await store.aclose()
    assert (path.read_bytes() if path.is_file() else b"") == before


async def test_a_file_that_is_locked_is_unavailable_for_writes_and_usable_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.2)
    store = SqliteStore(tmp_path / "a.db")
    await store.commit(P, [Insert("i.a", {})])
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    assert other.execute("pragma journal_mode").fetchone() == ("wal",)
    other.execute("begin immediate")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.commit(P, [Insert("i.b", {})])
    assert time.monotonic() - started > 0.1
    assert await store.get(P, "i.a") is not None, "readers wait for nobody"
    other.execute("rollback")
    other.close()
    await store.commit(P, [Insert("i.b", {})])
    await store.aclose()


async def test_a_place_that_cannot_be_written_is_unavailable_until_it_can(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.write_text("a file where the folder should be")
    store = SqliteStore(place / "a.db")
    with pytest.raises(StoreUnavailable):
        await store.get(P, "i.a")
    place.unlink()
    await store.commit(P, [Insert("i.a", {})])
    await store.aclose()


async def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    await store.commit(P, [Insert("i.a", {})])
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute(
        "create trigger full before insert on rows when new.key = 'i.c' begin select raise(abort, 'full'); end"
    )
    other.commit()
    with pytest.raises(StoreUnavailable, match="full"):
        await store.commit(P, [Insert("i.b", {}), Insert("i.c", {})])
    other.execute("drop trigger full")
    other.commit()
    other.close()
    assert [row.key async for row in store.scan(P, "i.")] == ["i.a"]
    await store.commit(P, [Insert("i.c", {})])
    await store.aclose()


async def test_ages_are_by_sqlites_clock(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    await store.commit(P, [Insert("i.old", {}), Insert("i.ahead", {})])
    _statements(
        tmp_path / "a.db",
        "update rows set written = (julianday('now') - 2440587.5) * 86400 - 3600 where key = 'i.old'",
        "update rows set written = written + 3600 where key = 'i.ahead'",
    )
    old, ahead = await store.get(P, "i.old"), await store.get(P, "i.ahead")
    await store.aclose()
    assert old and 3600 <= old.age < 3602
    assert ahead and ahead.age == 0.0
