"""From formats 1 and 2, which had users alone, with one e-mail address, two phone numbers and one address each."""

from __future__ import annotations

import sqlite3

from scim_adapter import Native

from .keys import USER, row_of
from .parts import PARTS, joined
from .records import columns_of
from .schema import USERS, make
from .users import index_emails

KEPT = ("id", "version", "created", "modified", "op", "password_hash")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file forward, inside a transaction: keys, versions and operations stay as they are."""
    statement = "select name from sqlite_master where type = 'index' and sql is not null"
    for [index] in connection.execute(statement).fetchall():
        connection.execute(f"drop index {index}")
    connection.execute("alter table users rename to earlier")
    make(connection)
    for row in connection.execute("select * from earlier"):
        _copy(connection, dict(row))
    for key, manager in connection.execute("select id, manager_id from earlier where manager_id is not null"):
        known = "update users set manager = (select id from users where id = ?) where id = ?"
        connection.execute(known, (row_of(USER, manager), key))
    _never_again(connection)
    connection.execute("drop table earlier")


def _copy(connection: sqlite3.Connection, row: Native) -> None:
    native = {name: row[name] for name in (*USERS.writable, *PARTS) if name in row}
    native = joined({name: value for name, value in native.items() if value is not None}, {})
    values = {name: row[name] for name in KEPT} | columns_of(connection, USERS, native)
    marks = ", ".join("?" for _ in values)
    statement = f"insert into users ({', '.join(values)}) values ({marks})"  # noqa: S608 - names of columns
    connection.execute(statement, tuple(values.values()))
    index_emails(connection, row["id"], native)


def _never_again(connection: sqlite3.Connection) -> None:
    """Keep the highest key ever given, which may be that of a deleted user."""
    statement = "select coalesce(max(seq), 0) from sqlite_sequence where name in ('users', 'earlier')"
    [[last]] = connection.execute(statement).fetchall()
    connection.execute("delete from sqlite_sequence where name = 'users'")
    connection.execute("insert into sqlite_sequence (name, seq) values ('users', ?)", (last,))
