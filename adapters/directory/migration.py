"""From formats 1 and 2, which had users alone, with one e-mail address, two phone numbers and one address each."""

from __future__ import annotations

import sqlite3

from scim_adapter import Native

from .elements import index
from .keys import USER, row_of
from .records import columns_of
from .schema import USERS, make

KEPT = ("id", "version", "created", "modified", "op", "password_hash")
PARTS = {
    "email": ("emails", "work", "value"),
    "phone": ("phone_numbers", "work", "value"),
    "mobile": ("phone_numbers", "mobile", "value"),
    "address": ("addresses", "work", "formatted"),
    "street": ("addresses", "work", "streetAddress"),
    "city": ("addresses", "work", "locality"),
    "region": ("addresses", "work", "region"),
    "postal_code": ("addresses", "work", "postalCode"),
    "country": ("addresses", "work", "country"),
}
"""Columns of the earlier table, with the list, type and sub-attribute that their values have now."""
SOLE = frozenset(("emails", "addresses"))
"""Lists that have one element now, which clients saw as the primary one."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file forward, inside a transaction: keys, versions and operations stay as they are."""
    statement = "select name from sqlite_master where type = 'index' and sql is not null"
    for [name] in connection.execute(statement).fetchall():
        connection.execute(f"drop index {name}")
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
    native = {name: row[name] for name in USERS.writable if name in row}
    native |= {"enabled": bool(row["enabled"])} | _lists(row)
    values = {name: row[name] for name in KEPT} | columns_of(connection, USERS, native)
    marks = ", ".join("?" for _ in values)
    statement = f"insert into users ({', '.join(values)}) values ({marks})"  # noqa: S608 - names of columns
    connection.execute(statement, tuple(values.values()))
    index(connection, row["id"], native)


def _lists(row: Native) -> dict[str, list[Native]]:
    found: dict[str, dict[str, Native]] = {}
    for column, (name, type, sub) in PARTS.items():
        if row[column] is not None:
            first = {"type": type, "primary": True} if name in SOLE else {"type": type}
            found.setdefault(name, {}).setdefault(type, first)[sub] = row[column]
    return {name: list(elements.values()) for name, elements in found.items()}


def _never_again(connection: sqlite3.Connection) -> None:
    """Keep the highest key ever given, which may be that of a deleted user."""
    statement = "select coalesce(max(seq), 0) from sqlite_sequence where name in ('users', 'earlier')"
    [[last]] = connection.execute(statement).fetchall()
    connection.execute("delete from sqlite_sequence where name = 'users'")
    connection.execute("insert into sqlite_sequence (name, seq) values ('users', ?)", (last,))
