"""The SQLite file behind a directory, used by a thread of its own, and for a moment by the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from scim_adapter import Unavailable

from .opening import prepare

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
BUSY_SECONDS = 5
MEMORY = ":memory:"


class Database:
    """Runs one function after another, each in a transaction; `Unavailable` when the file cannot be used."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="directory")
        self._connection: sqlite3.Connection | None = None
        self._using = threading.Lock()

    async def glance(self, work: Work[T]) -> T:
        """A `read` of a few rows by their index: to have the thread do it would cost more than they do."""
        if self._connection is None or not self._using.acquire(blocking=False):
            return await self.read(work)
        try:
            return self._work("begin", work)
        finally:
            self._using.release()

    async def read(self, work: Work[T]) -> T:
        """A transaction that sees one state of the directory and waits for nobody."""
        return await self._run(partial(self._work, "begin", work))

    async def write(self, work: Work[T]) -> T:
        """A transaction that other processes wait for."""
        return await self._run(partial(self._work, "begin immediate", work))

    async def aclose(self) -> None:
        """Close the file; a directory in memory is gone then."""
        await self._run(self._close)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._alone, call)

    def _alone(self, call: Callable[[], T]) -> T:
        with self._using:
            return call()

    # -- by whoever has the connection to itself -------------------------------------------------------------------

    def _work(self, begin: str, work: Work[T]) -> T:
        try:
            self._connection = self._connection or _opened(self._path)
            return _transaction(self._connection, begin, work)
        except (sqlite3.DatabaseError, OSError) as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a fault of ours, not of the file
            if self._path != MEMORY:
                self._close()  # the file may have been moved or restored: the next call opens it anew
            raise Unavailable(f"The directory's file cannot be used ({error}).") from error

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _transaction(connection: sqlite3.Connection, begin: str, work: Work[T]) -> T:
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return result


def _opened(path: str) -> sqlite3.Connection:
    """A connection to the file, which is made with its folder when it is missing.

    Several processes may come first at once. SQLite does not wait for the others while a file becomes WAL, so we do.
    """
    if path != MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            prepare(connection)
            return connection
        except BaseException as error:
            connection.close()
            if not _busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _busy(error: BaseException) -> bool:
    """Whether another process was in the way (the low byte tells; the high one tells how)."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
