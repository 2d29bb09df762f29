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

from gateway.stores.limits import check, check_key, check_scan
from gateway.stores.sqlite_file import NOW, opened
from scim.identity.store import Conflict, Delete, Insert, Operation, Replace, Row, StoreUnavailable

T = TypeVar("T")
PAGE = 1000
READ = f'select key, "values", etag, max(0, {NOW} - written) from rows where partition = ? and '  # noqa: S608
WRITE = f"insert into rows values (?, ?, ?, ?, {NOW}) "  # noqa: S608
UPSERT = WRITE + (
    'on conflict do update set "values" = json_patch("values", excluded."values"), '
    "etag = excluded.etag, written = excluded.written"
)
REPLACE = f'update rows set "values" = ?, etag = ?, written = {NOW} where partition = ? and key = ? and etag = ?'  # noqa: S608
DELETE = "delete from rows where partition = ? and key = ? and ? in ('*', etag)"


class SqliteStore:
    """Rows in a file. All work is done by one thread of its own, which keeps one connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sqlite-store")
        self._connection: sqlite3.Connection | None = None

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None."""
        check_key(partition, key)
        rows = await self._run(partial(_select, where="key = ?", parameters=(partition, key)))
        return rows[0] if rows else None

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, 1,000 at a time."""
        check_scan(partition, prefix)
        where = f"key >= ? and key < ? order by key limit {PAGE}"
        start, end = prefix, prefix + "~"
        while True:
            rows = await self._run(partial(_select, where=where, parameters=(partition, start, end)))
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            start = rows[-1].key + " "  # the next possible key: a blank sorts before all that keys are made of

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none."""
        check(partition, operations)
        return await self._run(partial(_write, partition=partition, operations=operations))

    async def aclose(self) -> None:
        """Close the file; the store can be used again afterwards."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._close)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._work, work)

    # -- in the worker thread --------------------------------------------------------------------------------------

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._connection = self._connection or opened(self.path)
            return work(self._connection)
        except (sqlite3.Error, OSError) as error:
            self._close()  # the file may have been moved or restored: the next call opens it anew
            raise StoreUnavailable(f"The SQLite file {self.path.name} cannot be used: {error}.") from error

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _select(connection: sqlite3.Connection, *, where: str, parameters: tuple[str, ...]) -> list[Row]:
    rows = connection.execute(READ + where, parameters)
    return [Row(key, json.loads(values), etag, age) for key, values, etag, age in rows]


def _write(connection: sqlite3.Connection, *, partition: str, operations: Sequence[Operation]) -> list[str]:
    connection.execute("begin immediate")
    try:
        etags = [_apply(connection, partition, operation) for operation in operations]
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return etags


def _apply(connection: sqlite3.Connection, partition: str, operation: Operation) -> str:
    key = operation.key
    if isinstance(operation, Delete):
        _expect_one(connection.execute(DELETE, (partition, key, operation.etag)), key)
        return ""
    etag, values = uuid.uuid4().hex, json.dumps(dict(operation.values), ensure_ascii=False)
    if isinstance(operation, Replace):
        _expect_one(connection.execute(REPLACE, (values, etag, partition, key, operation.etag)), key)
    elif isinstance(operation, Insert):
        _expect_one(connection.execute(WRITE + "on conflict do nothing", (partition, key, values, etag)), key)
    else:
        connection.execute(UPSERT, (partition, key, values, etag))
    return etag


def _expect_one(cursor: sqlite3.Cursor, key: str) -> None:
    if cursor.rowcount != 1:
        raise Conflict(key)
