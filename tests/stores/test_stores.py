"""One behaviour for three stores: memory, SQLite, Azure Table Storage (on Microsoft's emulator)."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.stores import open_store
from gateway.stores.azure_tables import TableStore
from gateway.stores.limits import LimitExceeded
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, Store, StoreUnavailable, Value

P = "acme.user"


async def keys(store: Store, prefix: str) -> list[str]:
    return [row.key async for row in store.scan(P, prefix)]


async def test_what_was_never_written_is_not_there(store: Store) -> None:
    assert await store.get(P, "i.a") is None
    assert await keys(store, "i.") == []


async def test_values_come_back_as_they_were_written(store: Store) -> None:
    values: dict[str, Value] = {
        "text": "Ünï 漢字 😀 'quoted' \"x\" \\ \n", "empty": "", "long": "x" * 32000, "yes": True, "no": False,
        "small": -7, "large": 2**40, "negative": -(2**40), "edge": 2**31, "float": 1.5, "whole": 90.0,
    }  # fmt: skip
    [etag] = await store.commit(P, [Insert("i.a", values)])
    row = await store.get(P, "i.a")
    assert row is not None
    assert dict(row.values) == values
    assert {name: type(value) for name, value in row.values.items()} == {n: type(v) for n, v in values.items()}
    assert row.etag == etag
    assert row.key == "i.a"


async def test_an_insert_is_refused_where_a_row_stands(store: Store) -> None:
    await store.commit(P, [Insert("c.a", {"op": "1"})])
    with pytest.raises(Conflict) as refused:
        await store.commit(P, [Insert("c.a", {"op": "2"})])
    assert refused.value.key == "c.a"
    row = await store.get(P, "c.a")
    assert row and row.values == {"op": "1"}


async def test_of_forty_inserts_at_once_one_wins(store: Store) -> None:
    async def attempt(number: int) -> bool:
        try:
            await store.commit(P, [Insert("c.race", {"by": number})])
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, range(40)))) == 1


async def test_of_twenty_replaces_with_one_etag_one_wins(store: Store) -> None:
    [etag] = await store.commit(P, [Insert("c.race", {"by": -1})])

    async def attempt(number: int) -> bool:
        try:
            await store.commit(P, [Replace("c.race", {"by": number}, etag)])
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, range(20)))) == 1


async def test_a_merge_adds_to_what_is_there_and_makes_what_is_not(store: Store) -> None:
    await store.commit(P, [Merge("i.a", {"native": "k"})])
    await store.commit(P, [Merge("i.a", {"state": "hidden"})])
    await store.commit(P, [Merge("i.a", {"native": "k"})])
    row = await store.get(P, "i.a")
    assert row and row.values == {"native": "k", "state": "hidden"}


async def test_a_replace_leaves_nothing_of_the_old_row_and_changes_its_etag(store: Store) -> None:
    [first] = await store.commit(P, [Insert("i.a", {"a": 1, "b": 2})])
    [second] = await store.commit(P, [Replace("i.a", {"b": 3}, first)])
    row = await store.get(P, "i.a")
    assert row and (dict(row.values), row.etag) == ({"b": 3}, second)
    assert first != second


REFUSED: list[tuple[str, Operation]] = [
    ("a stale replace", Replace("i.a", {"n": 2}, "stale")),
    ("a replace of nothing", Replace("i.none", {"n": 2}, "stale")),
    ("a stale delete", Delete("i.a", "stale")),
    ("a delete of nothing", Delete("i.none")),
    ("an insert over a row", Insert("i.a", {"n": 2})),
]


@pytest.mark.parametrize(("why", "operation"), REFUSED)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
async def test_all_or_nothing_is_written(store: Store, why: str, operation: Operation, place: str) -> None:
    await store.commit(P, [Insert("i.a", {"n": 1})])
    if isinstance(store, TableStore):
        operation = _as_etag(operation)
    others: list[Operation] = [Insert("i.b", {"n": 1}), Merge("i.c", {"n": 1})]
    batch = {"alone": [operation], "first": [operation, *others], "last": [*others, operation]}[place]
    with pytest.raises(Conflict) as refused:
        await store.commit(P, batch)
    assert refused.value.key == operation.key
    assert await keys(store, "i.") == ["i.a"]
    row = await store.get(P, "i.a")
    assert row and row.values == {"n": 1}


def _as_etag(operation: Operation) -> Operation:
    """The service's etags have a form of their own; a malformed one is another error."""
    stale = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
    if isinstance(operation, Replace):
        return Replace(operation.key, operation.values, stale)
    return Delete(operation.key, stale) if isinstance(operation, Delete) and operation.etag == "stale" else operation


async def test_a_commit_of_all_kinds_answers_with_their_etags(store: Store) -> None:
    [one, two] = await store.commit(P, [Insert("i.1", {"n": 1}), Insert("i.2", {"n": 1})])
    batch: list[Operation] = [
        Replace("i.1", {"n": 2}, one),
        Delete("i.2", two),
        Insert("i.3", {"n": 3}),
        Merge("i.4", {"n": 4}),
    ]
    etags = await store.commit(P, batch)
    rows = [await store.get(P, key) for key in ("i.1", "i.3", "i.4")]
    assert [row.etag if row else None for row in rows] == [etags[0], etags[2], etags[3]]
    assert etags[1] == ""
    assert await keys(store, "i.") == ["i.1", "i.3", "i.4"]


async def test_a_delete_takes_any_etag_when_asked_to(store: Store) -> None:
    await store.commit(P, [Insert("i.a", {"n": 1})])
    await store.commit(P, [Delete("i.a")])
    assert await store.get(P, "i.a") is None


async def test_a_scan_reads_a_prefix_of_one_partition_in_the_order_of_keys(store: Store) -> None:
    await store.commit(P, [Insert(key, {}) for key in ("i.b", "i.a", "i.a.b", "i", "ia", "o.a", "i.z9")])
    await store.commit("other.user", [Insert("i.c", {})])
    assert await keys(store, "i.") == ["i.a", "i.a.b", "i.b", "i.z9"]


@pytest.mark.parametrize("store", ["sqlite", "tables"], indirect=True)
async def test_a_scan_goes_on_past_a_page_of_the_service(store: Store) -> None:
    for start in range(0, 1100, 100):
        await store.commit(P, [Insert(f"i.{number:05}", {"n": number}) for number in range(start, start + 100)])
    assert await keys(store, "i.") == [f"i.{number:05}" for number in range(1100)]


async def test_an_age_is_counted_from_the_last_write(store: Store) -> None:
    await store.commit(P, [Insert("c.a", {"n": 1})])
    await asyncio.sleep(1.2)
    row = await store.get(P, "c.a")
    assert row and 0.1 <= row.age <= 3.5  # the service's clock is told in whole seconds
    await store.commit(P, [Merge("c.a", {"n": 2})])
    row = await store.get(P, "c.a")
    assert row and 0.0 <= row.age <= 1.1


LIMITS: list[tuple[str, Sequence[Operation]]] = [
    ("no operation", []),
    ("101 operations", [Insert(f"i.{n}", {}) for n in range(101)]),
    ("one row twice", [Merge("i.a", {}), Merge("i.a", {})]),
    ("a slash in a key", [Insert("i/a", {})]),
    ("a capital in a key", [Insert("i.A", {})]),
    ("an empty key", [Insert("", {})]),
    ("a long key", [Insert("i" * 201, {})]),
    ("253 values", [Insert("i.a", {f"n{n}": 1 for n in range(253)})]),
    ("a text of 32,769 units", [Insert("i.a", {"t": "x" * 32769})]),
    ("16,385 characters of two units", [Insert("i.a", {"t": "😀" * 16385})]),
    ("more than a MiB", [Insert("i.a", {f"n{n}": "x" * 30000 for n in range(18)})]),
    ("more than 4 MiB together", [Insert(f"i.{r}", {f"n{n}": "x" * 30000 for n in range(16)}) for r in range(9)]),
    ("a hyphen in a name", [Insert("i.a", {"a-b": 1})]),
    ("a name of the service", [Insert("i.a", {"RowKey": "x"})]),
]


@pytest.mark.parametrize(("why", "operations"), LIMITS, ids=[why for why, _ in LIMITS])
async def test_what_the_real_service_does_not_take_no_store_takes(
    store: Store, why: str, operations: Sequence[Operation]
) -> None:
    with pytest.raises(LimitExceeded):
        await store.commit(P, operations)


async def test_what_is_just_within_the_limits_is_taken(store: Store) -> None:
    await store.commit(P, [Insert(f"i.{n}", {"t": "x" * 500}) for n in range(100)])
    await store.commit(P, [Insert("j." + "k" * 198, {f"n{n}": "😀" for n in range(252)})])
    await store.commit(P, [Insert("l.a", {"t": "x" * 32768})])


async def test_a_service_that_is_down_is_said_to_be_so_in_seconds() -> None:
    from tests.azurite.server import ACCOUNT, free_port

    store = TableStore(f"{ACCOUNT}TableEndpoint=http://127.0.0.1:{free_port()}/devstoreaccount1;")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await store.get(P, "i.a")
    with pytest.raises(StoreUnavailable):
        await store.commit(P, [Insert("i.a", {})])
    assert time.monotonic() - started < 10
    await store.aclose()


async def test_a_file_that_is_no_database_or_too_new_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at as one" * 40)
    new = tmp_path / "new.db"
    connection = sqlite3.connect(new)
    connection.execute("pragma user_version = 99")
    connection.close()
    for path in (tmp_path / "text.db", new, tmp_path):
        store = SqliteStore(path)
        with pytest.raises(StoreUnavailable):
            await store.get(P, "i.a")
        await store.aclose()


async def test_rows_of_a_file_outlive_the_store(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path / "a.db"), SqliteStore(tmp_path / "a.db")
    await first.commit(P, [Insert("i.a", {"n": 1})])
    row = await second.get(P, "i.a")
    assert row and row.values == {"n": 1}
    await first.aclose()
    await second.aclose()
    assert await second.get(P, "i.a") == row or (await second.get(P, "i.a")) is not None
    await second.aclose()


WRITER = """
import asyncio, sys
from pathlib import Path
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Conflict, Insert
async def main(path, name):
    store = SqliteStore(Path(path))
    for number in range(100000):
        try:
            await store.commit("acme.user", [Insert(f"i.{number:06}", {"by": name}), Insert(f"o.{name}.{number}", {})])
        except Conflict:
            continue
        print(number, flush=True)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_three_processes_share_a_file_and_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name], stdout=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    await asyncio.sleep(1.5)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
    acknowledged: dict[int, str] = {}
    for name, writer in zip("abc", writers, strict=True):
        output = writer.communicate()[0].splitlines()
        for number in map(int, output):
            assert number not in acknowledged, "two processes were both told that they inserted this row"
            acknowledged[number] = name
    store = SqliteStore(path)
    held: dict[int, Any] = {int(row.key[2:]): row.values["by"] async for row in store.scan(P, "i.")}
    beside = {row.key async for row in store.scan(P, "o.")}
    await store.aclose()
    assert len(acknowledged) > 20
    assert acknowledged.items() <= held.items()
    assert beside == {f"o.{name}.{number}" for number, name in held.items()}, "no half commit"


@pytest.mark.parametrize("url", ["", "memory:x", "sqlite:", "tables:", "redis://x", "C:/x.db"])
def test_an_unknown_store_is_refused_with_the_forms(url: str) -> None:
    with pytest.raises(ValueError, match="memory:"):
        open_store(url)
