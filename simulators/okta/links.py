"""Which account belongs to whom, what was last written to it, and what an import found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass

MATCHED = """
SELECT count(*) FROM imported WHERE name IN (SELECT name FROM present)
OR target_id IN (SELECT target_id FROM users WHERE active)
"""
LEAVER = "SELECT * FROM users WHERE active AND id > ? AND id NOT IN (SELECT id FROM present) ORDER BY id LIMIT 1"
KEEP = """
INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET
target_id = ?2, login = ?3, written = ?4, password = ?5, active = ?6, task = ?7, retried = ?8
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One person as the app knows them. `active`: assigned, and last written so."""

    id: str
    target_id: str = ""
    login: str = ""
    written: str = ""
    """The profile as it was last written."""
    password: str = ""
    """A digest of the password that was last written."""
    active: int = False
    task: str = ""
    """Why the last try failed."""
    retried: int = 0


class Links:
    """The people of the app."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def get(self, okta_id: str) -> Link:
        row = self._base.execute("SELECT * FROM users WHERE id = ?", (okta_id,)).fetchone()
        return Link(*row) if row else Link(okta_id)

    def keep(self, link: Link) -> None:
        self._base.execute(KEEP, astuple(link))

    def leavers(self) -> Iterator[Link]:
        """People who are linked and no longer assigned. Read in steps, since the caller writes meanwhile."""
        last = ""
        while row := self._base.execute(LEAVER, (last,)).fetchone():
            yield Link(*row)
            last = row[0]

    def owner(self, target_id: str) -> str:
        """The id of the Okta user an active account belongs to, or nothing."""
        row = self._base.execute("SELECT id FROM users WHERE target_id = ? AND active", (target_id,)).fetchone()
        return str(row[0]) if row else ""


class Imported:
    """What the import of this run found."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def saw(self, resource: str) -> bool:
        """Whether this resource is met for the first time."""
        return self._base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (resource,)).rowcount == 1

    def keep(self, user_name: str, target_id: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO imported VALUES (?, ?)", (user_name.casefold(), target_id))

    def find(self, user_name: str) -> str:
        query = "SELECT target_id FROM imported WHERE name = ?"
        row = self._base.execute(query, (user_name.casefold(),)).fetchone()
        return str(row[0]) if row else ""

    def matched(self) -> int:
        """How many imported users are linked already, or have the login of somebody who is assigned."""
        return int(self._base.execute(MATCHED).fetchone()[0])
