"""The elements of users' lists, in a table of their own for searches."""

from __future__ import annotations

import sqlite3

from scim_adapter import Native

from .schema import SEARCHED, fold


def index(connection: sqlite3.Connection, row: int, native: Native) -> None:
    """Make the elements of the lists that were written searchable."""
    for name in native.keys() & set(SEARCHED):
        connection.execute("delete from elements where user = ? and list = ?", (row, name))
        values = (one.get("value") for one in native[name] or ())
        found = [(row, name, fold(value)) for value in values if value is not None]
        connection.executemany("insert into elements (user, list, folded) values (?, ?, ?)", found)
