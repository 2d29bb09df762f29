"""A directory's file when it is opened: made, brought forward, or refused."""

from __future__ import annotations

import sqlite3

from .schema import APPLICATION, VERSION, fold, make


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, bring an older file forward, and refuse one that is no directory.

    WAL with synchronous=NORMAL loses nothing when a process is killed: what was committed is in the log file, which
    the operating system holds.
    """
    connection.row_factory = sqlite3.Row
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.execute("begin")
    ready = _format(connection) == VERSION
    connection.execute("commit")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    if ready:
        return
    connection.execute("begin immediate")
    _bring_forward(connection)
    connection.execute("commit")


def _bring_forward(connection: sqlite3.Connection) -> None:
    found = _format(connection)
    if found == 0:
        make(connection)
    elif found < VERSION:
        from .migration import migrate

        migrate(connection)


def _format(connection: sqlite3.Connection) -> int:
    """The format of a directory, 0 for an empty file, an error for anything else. Needs a transaction."""
    [[tables]] = connection.execute("select count(*) from sqlite_master").fetchall()
    [[mark]] = connection.execute("pragma application_id").fetchall()
    [[version]] = connection.execute("pragma user_version").fetchall()
    if mark == APPLICATION and not 1 <= version <= VERSION:
        raise sqlite3.DatabaseError(f"it is a directory of format {version}, and this one reads up to {VERSION}")
    if (mark or version or tables) and mark != APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    return int(version)
