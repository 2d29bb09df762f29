"""The SQLite file behind a directory, used by one thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from scim_adapter import Native, Unavailable

T = TypeVar("T")
BUSY_SECONDS = 10
TEXTS = (
    "external_id", "display_name", "given_name", "family_name", "formatted_name", "title", "email", "phone", "mobile",
    "street", "city", "region", "postal_code", "country", "address", "nick_name", "user_type", "preferred_language",
    "locale", "timezone", "employee_number", "department", "cost_center", "organization", "division", "manager_id",
    "password_hash",
)  # fmt: skip
"""The columns that hold a text or nothing."""
SCHEMA = f"""
create table if not exists users (
    id integer primary key autoincrement, login text not null, login_folded text not null unique,
    enabled integer not null default 1, {", ".join(f"{name} text" for name in TEXTS)},
    version integer not null default 1, created text not null, modified text not null, op text unique)
"""
VERSION = 1
APPLICATION = 0x5C1D
"""Marks the file as a directory of ours."""


class Database:
    """Runs one function after another, each in a transaction; `Unavailable` when the file cannot be used."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="directory")
        self._connection: sqlite3.Connection | None = None

    async def read(self, statement: str, parameters: Sequence[Any]) -> list[Native]:
        """The rows of a query."""
        return await self._run(lambda connection: [dict(row) for row in connection.execute(statement, parameters)])

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """A transaction that other processes wait for."""

        def transaction(connection: sqlite3.Connection) -> T:
            connection.execute("begin immediate")
            try:
                result = work(connection)
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")
            return result

        return await self._run(transaction)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: work(self._open()))
        except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise Unavailable(f"The directory's file cannot be used ({error}).") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._path != ":memory:":
                Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    async def aclose(self) -> None:
        """Close the file; a directory in memory is gone then."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._worker, connection.close)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    [[mark]] = connection.execute("pragma application_id").fetchall()
    [[tables]] = connection.execute("select count(*) from sqlite_master").fetchall()
    [[version]] = connection.execute("pragma user_version").fetchall()
    if (tables and mark != APPLICATION) or version > VERSION:
        raise sqlite3.DatabaseError("it is not a directory of this version")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(SCHEMA)
    connection.execute("create index if not exists users_external_id on users (external_id)")
    connection.execute(f"pragma application_id = {APPLICATION}")
    connection.execute(f"pragma user_version = {VERSION}")


def _casefold(value: str | None) -> str | None:
    return value.casefold() if value is not None else None
