"""Which group of the target belongs to which pushed group, and with which members it was last written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from simulators.okta.people import Group

MEMBERS = """
SELECT users.target_id, users.login FROM wanted JOIN users ON users.id = wanted.user_id
WHERE wanted.group_id = ? AND users.active AND users.target_id != '' ORDER BY users.rowid
"""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One pushed group. `task`: why the last try failed."""

    id: str
    target_id: str = ""
    name: str = ""
    task: str = ""
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    target_id: str
    login: str


class Pushes:
    """The groups of the app."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def get(self, okta_id: str) -> Pushed:
        row = self._base.execute("SELECT * FROM groups WHERE id = ?", (okta_id,)).fetchone()
        return Pushed(*row) if row else Pushed(okta_id)

    def keep(self, group: Pushed) -> None:
        self._base.execute("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?)", astuple(group))

    def gone(self, groups: Iterable[Group]) -> list[Pushed]:
        """Groups that are none of these."""
        present = {group.id for group in groups}
        return [Pushed(*row) for row in self._base.execute("SELECT * FROM groups") if row[0] not in present]

    def linked(self, target_id: str) -> bool:
        return bool(self._base.execute("SELECT 1 FROM groups WHERE target_id = ?", (target_id,)).fetchone())

    def forget(self, okta_id: str) -> None:
        self._base.execute("DELETE FROM groups WHERE id = ?", (okta_id,))
        self._base.execute("DELETE FROM members WHERE group_id = ?", (okta_id,))

    def members(self, okta_id: str) -> list[Member]:
        """Who belongs to the group now and has an account that is not deactivated."""
        return [Member(*row) for row in self._base.execute(MEMBERS, (okta_id,))]

    def written_members(self, okta_id: str) -> list[str]:
        rows = self._base.execute("SELECT target_id FROM members WHERE group_id = ? ORDER BY rowid", (okta_id,))
        return [str(row[0]) for row in rows]

    def keep_members(self, okta_id: str, members: Iterable[Member]) -> None:
        self._base.execute("BEGIN")
        self._base.execute("DELETE FROM members WHERE group_id = ?", (okta_id,))
        rows = [(okta_id, member.target_id) for member in members]
        self._base.executemany("INSERT OR IGNORE INTO members VALUES (?, ?)", rows)
        self._base.execute("COMMIT")
