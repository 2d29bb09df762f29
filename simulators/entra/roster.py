"""Who is in the source in this cycle: names and places, gathered in one reading so that nothing else must be kept."""

from __future__ import annotations

import sqlite3

from simulators.entra.database import Database
from simulators.entra.state import Kind

NAMES = {"user": "userPrincipalName", "group": "displayName"}


class Twins(Exception):
    """An objectId or a name that the source has twice."""


class Roster:
    """One kind of objects. Names are compared without case."""

    def __init__(self, database: Database, kind: Kind = "user") -> None:
        self._database = database
        self._kind = kind
        self.size = 0

    def add(self, object_id: str, name: str) -> None:
        """Raises Twins."""
        try:
            self._database.rows(
                "INSERT INTO roster VALUES (?, ?, ?, ?)", self._kind, object_id, name.casefold(), self.size
            )
        except sqlite3.IntegrityError as error:
            raise Twins(NAMES[self._kind] if "roster.name" in str(error) else "objectId") from None
        self.size += 1

    def position(self, object_id: str) -> int:
        """The place in the source; objects that are gone from it come first."""
        sql = "SELECT position FROM roster WHERE kind = ? AND object_id = ?"
        found = self._database.row(sql, self._kind, object_id)
        return found[0] if found else -1

    def object_id(self, name: str) -> str | None:
        sql = "SELECT object_id FROM roster WHERE kind = ? AND name = ?"
        found = self._database.row(sql, self._kind, name.casefold())
        return found[0] if found else None
