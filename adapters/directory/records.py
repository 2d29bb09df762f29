"""Reading and writing one row of users or groups, inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from scim_adapter import Exists, Invalid, Native, NotFound, Stale

from .keys import USER, key, key_of, row_of
from .schema import USERS, Shape, fold, stamp

COMPUTED = {
    "manager_name": "(select coalesce(m.display_name, m.login) from users m where m.id = users.manager) manager_name"
}
"""What a user's record shows of others."""

UNSAID = 2
"""A flag that was taken away: neither true nor false. A new record has the column's default instead."""


def names(shape: Shape, fields: Collection[str] | None = None) -> list[str]:
    """What to read for these native fields (None: all that records have), the key and version always."""
    found = [name for name in shape.columns if fields is None or name in fields or name in ("id", "version")]
    return found + [name for name in COMPUTED if shape.type == USER and (fields is None or name in fields)]


def selection(names: Iterable[str]) -> str:
    """The columns that hold what is to be read."""
    return ", ".join(COMPUTED.get(name, name) for name in names)


def record(shape: Shape, names: Iterable[str], row: sqlite3.Row) -> Native:
    """A row as the contract's native record. Its keys are our own names, which are found faster than the row's."""
    found = dict(zip(names, row, strict=True))
    found["id"] = key_of(shape.type, found["id"])
    for name in shape.flags:
        if name in found:
            found[name] = None if found[name] == UNSAID else bool(found[name])
    for name in shape.keys:
        if found.get(name):
            found[name] = key(found[name])
    for name in shape.lists:
        if found.get(name):
            found[name] = json.loads(found[name])
    return found


def fetch(connection: sqlite3.Connection, shape: Shape, key: str, fields: Collection[str] | None = None) -> Native:
    """The record with this key; `NotFound`."""
    read = names(shape, fields)
    statement = f"select {selection(read)} from {shape.table} where id = ?"  # noqa: S608 - names of columns
    row = connection.execute(statement, (row_of(shape.type, key),)).fetchone()
    if row is None:
        raise NotFound(f"The directory has no such {shape.noun}.")
    return record(shape, read, row)


def demand(connection: sqlite3.Connection, shape: Shape, key: str, version: str | None) -> int:
    """The row of a key, in this version if one is given; `NotFound`, `Stale`."""
    row = _one(connection, shape, "id", row_of(shape.type, key))
    if row is None:
        raise NotFound(f"The directory has no such {shape.noun}.")
    if version is not None and str(row["version"]) != version:
        raise Stale(f"The {shape.noun} was changed meanwhile.")
    return int(row["id"])


def made_by(connection: sqlite3.Connection, shape: Shape, op: str) -> int | None:
    """The row that an operation made before."""
    row = _one(connection, shape, "op", op) if op else None
    return None if row is None else int(row["id"])


def insert(connection: sqlite3.Connection, shape: Shape, native: Native, op: str) -> int:
    """The row of a new record; `Exists`, `Invalid`."""
    said = {name: value for name, value in native.items() if name not in shape.flags or value is not None}
    values = columns_of(connection, shape, said)
    if shape.name not in values:
        raise Invalid(f"A {shape.noun} needs a {shape.name}.", field=shape.name)
    _demand_free(connection, shape, values)
    moment = _now()
    row = {**values, "created": moment, "modified": moment, "op": op or None}
    marks = ", ".join("?" for _ in row)
    statement = f"insert into {shape.table} ({', '.join(row)}) values ({marks})"  # noqa: S608 - names of columns
    return int(connection.execute(statement, tuple(row.values())).lastrowid or 0)


def change(connection: sqlite3.Connection, shape: Shape, row: int, native: Native) -> None:
    """Set what differs; `Exists`, `Invalid`. The version moves with it."""
    values = columns_of(connection, shape, native)
    _demand_free(connection, shape, values, row)
    if values:
        setting = ", ".join(f"{name} = ?" for name in values)
        statement = f"update {shape.table} set {setting} where id = ?"  # noqa: S608 - names of columns
        connection.execute(statement, (*values.values(), row))
        touch(connection, shape, row)


def replacing(shape: Shape, after: Native) -> Native:
    """A whole record to write: what `after` lacks is cleared, except what nobody can read."""
    return {name: after.get(name) for name in shape.writable} | {n: after[n] for n in shape.hidden if n in after}


def touch(connection: sqlite3.Connection, shape: Shape, *rows: int) -> None:
    """Give records a new version and time of change."""
    statement = f"update {shape.table} set version = version + 1, modified = ? where id = ?"  # noqa: S608
    connection.executemany(statement, [(_now(), row) for row in rows])


def _demand_free(connection: sqlite3.Connection, shape: Shape, values: Native, row: int | None = None) -> None:
    folded = f"{shape.name}_folded"
    holder = _one(connection, shape, folded, values[folded]) if folded in values else None
    if holder is not None and holder["id"] != row:
        raise Exists(f"The directory has a {shape.noun} of this {shape.name} already.", field=shape.name)


def _one(connection: sqlite3.Connection, shape: Shape, column: str, value: Any) -> sqlite3.Row | None:
    statement = f"select id, version from {shape.table} where {column} = ?"  # noqa: S608 - names of columns
    row: sqlite3.Row | None = connection.execute(statement, (value,)).fetchone()
    return row


def columns_of(connection: sqlite3.Connection, shape: Shape, native: Native) -> Native:
    """The columns to write, with what is derived from them."""
    values = {name: native[name] for name in (*shape.writable, *shape.hidden) if name in native}
    if not values.get(shape.name, True):
        raise Invalid(f"A {shape.name} cannot be empty.", field=shape.name)
    for name in values.keys() & set(shape.flags):
        values[name] = UNSAID if values[name] is None else values[name] is not False
    for name in values.keys() & set(shape.lists):
        values[name] = _listed(name, values[name])
    for name in values.keys() & set(shape.keys):
        values[name] = _referenced(connection, name, values[name])
    return values | {f"{name}_folded": fold(values[name]) for name in shape.folded if name in values}


def _listed(name: str, elements: Any) -> str | None:
    if not all(isinstance(one, dict) for one in elements or ()):
        raise Invalid(f"The elements of {name} must be objects.", field=name)
    return json.dumps(elements, ensure_ascii=False) if elements else None


def _referenced(connection: sqlite3.Connection, name: str, key: str | None) -> int | None:
    if key is None:
        return None
    row = _one(connection, USERS, "id", row_of(USER, key))
    if row is None:
        raise Invalid(f"The {name} is no user of this directory.", field=name)
    return int(row["id"])


def _now() -> str:
    return stamp(datetime.now(UTC))
