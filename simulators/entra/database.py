"""An SQLite file of ours, or a nameless one that lives on disk as long as it is open: memory stays flat either way."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

MARK = 0x456E7472
"""SQLite's `application_id` of our files: tells them from anybody else's."""

PAGE = 500


class StateError(ValueError):
    """The state file cannot be used; the message is a sentence."""


class Database:
    """One connection that several workers share. Every change is a transaction of its own, so a kill tears nothing."""

    def __init__(self, path: Path | None, tables: str, version: int) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path or "", check_same_thread=False, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"The state file {path} cannot be written: {_words(error)}.") from None
        self._closing = weakref.finalize(self, self._connection.close)
        try:
            self._open(tables, version)
        except (ValueError, sqlite3.Error) as error:
            self.close()
            if isinstance(error, sqlite3.OperationalError):
                raise StateError(f"The state file {path} cannot be written: {error}.") from None
            raise StateError(f"{path} is not a state file of this simulator; remove it or name another.") from None

    def _open(self, tables: str, version: int) -> None:
        # What a power cut may lose is of no interest here; what a kill leaves is whole all the same.
        self._connection.execute("PRAGMA synchronous = OFF")
        [[mark]] = self.rows("PRAGMA application_id")
        [[found]] = self.rows("PRAGMA user_version")
        [[used]] = self.rows("SELECT count(*) FROM sqlite_master")
        if used and (mark, found) != (MARK, version):
            raise ValueError("somebody else's file")
        script = f"BEGIN; PRAGMA application_id = {MARK}; PRAGMA user_version = {version}; {tables}; COMMIT"
        self._connection.executescript(script)

    def close(self) -> None:
        self._closing()

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows at once: for questions with few."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        return next(iter(self.rows(sql, *values)), None)

    def change(self, *statements: tuple[str, Sequence[object]]) -> None:
        """All of the statements or none."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for sql, values in statements:
                    self._connection.execute(sql, values)
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise StateError(f"The state file {self.path} cannot be written: {error}.") from None
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def walk(self, sql: str, *values: object, first: object = "") -> Iterator[tuple[Any, ...]]:
        """Rows page by page, while others change the tables.

        The first column is unique and orders the rows; the first placeholder of the statement stands for the last
        one seen, which is `first` in the beginning.
        """
        after = first
        while found := self.rows(f"{sql} LIMIT {PAGE}", after, *values):
            yield from found
            after = found[-1][0]


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
