"""The file of the embedded store: found or made, and never mistaken for somebody else's."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

APPLICATION = 0x5C1B
"""Marks the file as an identity store of ours."""
VERSION = 1
BUSY_SECONDS = 5
NOW = "(julianday('now') - 2440587.5) * 86400.0"
"""SQLite's own clock in seconds since 1970, to the millisecond."""
TABLE = """create table rows (
    partition text not null, key text not null, "values" text not null, etag text not null, written real not null,
    primary key (partition, key)) without rowid"""


def opened(path: Path) -> sqlite3.Connection:
    """A connection to the file, which is made with its folder when it is missing.

    Several processes may come first at once. SQLite does not wait for the others while a file becomes WAL, so we do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
            return connection
        except BaseException as error:
            connection.close()
            if not _busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _busy(error: BaseException) -> bool:
    """Whether another process was in the way (the low byte tells; the high one tells how)."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("begin")
    ready = _is_ours(connection)
    connection.execute("commit")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    if ready:
        return
    connection.execute("begin immediate")
    if not _is_ours(connection):
        connection.execute(TABLE)
        connection.execute(f"pragma application_id = {APPLICATION}")
        connection.execute(f"pragma user_version = {VERSION}")
    connection.execute("commit")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether it is a store already; False for an empty file, an error for anything else. Needs a transaction."""
    [(tables,)] = connection.execute("select count(*) from sqlite_master").fetchall()
    [(mark,)] = connection.execute("pragma application_id").fetchall()
    [(version,)] = connection.execute("pragma user_version").fetchall()
    if mark == APPLICATION and version > VERSION:
        raise sqlite3.DatabaseError(f"it was written by a newer Scimgate (format {version}, known is {VERSION})")
    if (mark or version or tables) and mark != APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    return bool(mark == APPLICATION)
