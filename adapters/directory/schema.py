"""The table of a directory, and how a file is told to be one."""

from __future__ import annotations

import sqlite3

TEXTS = (
    "external_id", "display_name", "given_name", "family_name", "formatted_name", "title", "email", "phone", "mobile",
    "street", "city", "region", "postal_code", "country", "address", "nick_name", "user_type", "preferred_language",
    "locale", "timezone", "employee_number", "department", "cost_center", "organization", "division", "manager_id",
    "password_hash",
)  # fmt: skip
"""The columns that hold a text or nothing."""
FOLDED = {"login": "login_folded", "email": "email_folded"}
"""What is searched without case, in any language, and the column that holds it case-folded: SQLite knows ASCII only."""
APPLICATION = 0x5C1D
"""Marks the file as a directory of ours."""
VERSION = 2
SCHEMA = (
    f"""create table users (
    id integer primary key autoincrement, login text not null, login_folded text not null unique, email_folded text,
    enabled integer not null default 1, {", ".join(f"{name} text" for name in TEXTS)},
    version integer not null default 1, created text not null, modified text not null, op text unique)""",
    "create index users_external_id on users (external_id)",
    "create index users_email on users (email_folded)",
    f"pragma application_id = {APPLICATION}",
    f"pragma user_version = {VERSION}",
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table in an empty file, and refuse a file that is no directory of this format.

    WAL with synchronous=NORMAL loses nothing when a process is killed: what was committed is in the log file, which
    the operating system holds.
    """
    connection.row_factory = sqlite3.Row
    connection.execute("begin")
    ready = _is_ours(connection)
    connection.execute("commit")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    if ready:
        return
    connection.execute("begin immediate")
    if not _is_ours(connection):
        for statement in SCHEMA:
            connection.execute(statement)
    connection.execute("commit")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether it is a directory already; False for an empty file, an error for anything else. Needs a transaction."""
    [[tables]] = connection.execute("select count(*) from sqlite_master").fetchall()
    [[mark]] = connection.execute("pragma application_id").fetchall()
    [[version]] = connection.execute("pragma user_version").fetchall()
    if mark == APPLICATION and version != VERSION:
        raise sqlite3.DatabaseError(f"it is a directory of format {version}, and this one reads {VERSION}")
    if (mark or version or tables) and mark != APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    return bool(mark == APPLICATION)
