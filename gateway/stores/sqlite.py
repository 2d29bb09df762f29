"""The embedded store: one SQLite file, safe for several processes and for a kill at any moment.

WAL with synchronous=NORMAL loses nothing when a process is killed: what was committed is in the log file, which the
operating system holds. (Only a power cut may take the last commits; choose Azure Table Storage against that.)
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from gateway.stores.limits import check, check_key
from scim.identity.store import Conflict, Delete, Insert, Operation, Replace, Row, StoreUnavailable

T = TypeVar("T")
VERSION = 1
BUSY_SECONDS = 10
PAGE = 1000
NOW = "(julianday('now') - 2440587.5) * 86400.0"
"""SQLite's own clock in seconds since 1970, to the millisecond."""
TABLE = """create table if not exists rows (
    partition text not null, key text not null, "values" text not null, etag text not null, written real not null,
    primary key (partition, key)) without rowid"""
READ = f'select key, "values", etag, max(0, {NOW} - written) from rows where partition = ? and '  # noqa: S608
MERGE = 'json_patch("values", excluded."values")'
WRITE = f"insert into rows values (?, ?, ?, ?, {NOW}) "  # noqa: S608
UPSERT = WRITE + f'on conflict do update set "values" = {MERGE}, etag = excluded.etag, written = excluded.written'


class SqliteStore:
    """Rows in a file. All work is done by one thread of its own, which keeps one connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sqlite-store")
        self._connection: sqlite3.Connection | None = None

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None."""
        check_key(partition)
        check_key(key)
        rows = await self._run(partial(self._select, "key = ?", (partition, key)))
        return rows[0] if rows else None

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, 1,000 at a time."""
        last, end = prefix, prefix + "\x7f"
        first = True
        while True:
            where = f"key {'>=' if first else '>'} ? and key < ? order by key limit {PAGE}"
            rows = await self._run(partial(self._select, where, (partition, last, end)))
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            last, first = rows[-1].key, False

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none."""
        check(partition, operations)
        return await self._run(partial(self._write, partition, operations))

    async def aclose(self) -> None:
        """Close the file; the store can be used again afterwards."""
        if self._connection is not None:
            await self._run(self._close)

    # -- in the worker thread --------------------------------------------------------------------------------------

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"The SQLite file {self.path.name} cannot be used: {error}.") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _select(self, where: str, parameters: tuple[str, ...]) -> list[Row]:
        rows = self._open().execute(READ + where, parameters)
        return [Row(key, json.loads(values), etag, age) for key, values, etag, age in rows]

    def _write(self, partition: str, operations: Sequence[Operation]) -> list[str]:
        connection = self._open()
        connection.execute("begin immediate")
        try:
            etags = [_apply(connection, partition, operation) for operation in operations]
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        return etags


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    [(version,)] = connection.execute("pragma user_version").fetchall()
    if version > VERSION:
        raise sqlite3.DatabaseError(f"it was written by a newer Scimgate (format {version}, known is {VERSION})")
    connection.execute(TABLE)
    connection.execute(f"pragma user_version = {VERSION}")


def _apply(connection: sqlite3.Connection, partition: str, operation: Operation) -> str:
    if isinstance(operation, Delete):
        _expect_one(
            connection.execute(
                "delete from rows where partition = ? and key = ? and (? = '*' or etag = ?)",
                (partition, operation.key, operation.etag, operation.etag),
            ),
            operation.key,
        )
        return ""
    etag, values = uuid.uuid4().hex, json.dumps(operation.values, ensure_ascii=False)
    if isinstance(operation, Replace):
        written = connection.execute(
            f'update rows set "values" = ?, etag = ?, written = {NOW} where partition = ? and key = ? and etag = ?',  # noqa: S608
            (values, etag, partition, operation.key, operation.etag),
        )
    elif isinstance(operation, Insert):
        written = connection.execute(WRITE + "on conflict do nothing", (partition, operation.key, values, etag))
    else:
        written = connection.execute(UPSERT, (partition, operation.key, values, etag))
    _expect_one(written, operation.key)
    return etag


def _expect_one(cursor: sqlite3.Cursor, key: str) -> None:
    if cursor.rowcount != 1:
        raise Conflict(key)
