"""Reading and writing one user's row, inside a transaction."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from scim_adapter import Exists, Invalid, Native, NotFound, Stale

from .schema import FOLDED, TEXTS
from .search import number

COLUMNS = ("login", "enabled", *TEXTS)
"""What a client may set."""
INTERNAL = frozenset((*FOLDED.values(), "op", "password_hash"))
"""What never leaves the directory."""


def record(row: sqlite3.Row) -> Native:
    """A row as the contract's native record."""
    visible = {name: value for name, value in dict(row).items() if name not in INTERNAL}
    return visible | {"id": str(row["id"]), "enabled": bool(row["enabled"])}


def fetch(connection: sqlite3.Connection, key: str, version: str | None = None) -> Native:
    """The user with this key, in this version if one is given; `NotFound`, `Stale`."""
    row = _one(connection, "id", number(key))
    if row is None:
        raise NotFound("The directory has no such user.")
    if version is not None and str(row["version"]) != version:
        raise Stale("The user was changed meanwhile.")
    return record(row)


def insert(connection: sqlite3.Connection, native: Native, op: str | None) -> Native:
    """A new user, or the one that the same operation made before; `Exists`."""
    made = _one(connection, "op", op) if op else None
    if made is not None:
        return record(made)
    values = _values(native)
    if "login" not in values:
        raise Invalid("A user needs a login.", field="login")
    _demand_free(connection, values)
    moment = _now()
    row = {**values, "created": moment, "modified": moment, "op": op}
    marks = ", ".join("?" for _ in row)
    statement = f"insert into users ({', '.join(row)}) values ({marks})"  # noqa: S608 - names of columns
    key = connection.execute(statement, tuple(row.values())).lastrowid
    return fetch(connection, str(key))


def change(connection: sqlite3.Connection, key: str, native: Native, version: str | None) -> Native:
    """Set what differs; `NotFound`, `Stale`, `Exists`."""
    fetch(connection, key, version)
    values = _values(native)
    _demand_free(connection, values, number(key))
    if values:
        setting = ", ".join(f"{name} = ?" for name in values)
        connection.execute(
            f"update users set {setting}, version = version + 1, modified = ? where id = ?",  # noqa: S608 - columns
            (*values.values(), _now(), number(key)),
        )
    return fetch(connection, key)


def remove(connection: sqlite3.Connection, key: str, version: str | None) -> None:
    """Delete a user for good; `NotFound`, `Stale`."""
    fetch(connection, key, version)
    connection.execute("delete from users where id = ?", (number(key),))


def _demand_free(connection: sqlite3.Connection, values: Native, key: int | None = None) -> None:
    holder = _one(connection, "login_folded", values["login_folded"]) if "login_folded" in values else None
    if holder is not None and holder["id"] != key:
        raise Exists("The directory has this login already.", field="login")


def _one(connection: sqlite3.Connection, column: str, value: Any) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(f"select * from users where {column} = ?", (value,)).fetchone()  # noqa: S608
    return row


def _values(native: Native) -> Native:
    """The columns to write, with what is derived from them."""
    values = {name: native[name] for name in COLUMNS if name in native}
    if not values.get("login", True):
        raise Invalid("A login cannot be empty.", field="login")
    if "enabled" in values:
        values["enabled"] = values["enabled"] is not False
    for name, folded in FOLDED.items():
        if name in values:
            values[folded] = None if values[name] is None else str(values[name]).casefold()
    return values


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
