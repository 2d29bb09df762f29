"""What the app integration remembers between runs: links, tasks, and the members each group was pushed with.

An SQLite file, so that each step is kept at once and ten thousand people need no memory. It never holds the token.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simulators.okta.people import Group, Person

APPLICATION = 0x0C7A
TABLES = """
CREATE TABLE about (target TEXT NOT NULL);
CREATE TABLE users (id TEXT PRIMARY KEY, target_id TEXT, login TEXT, written TEXT, active INT, task TEXT, retried INT);
CREATE TABLE groups (id TEXT PRIMARY KEY, target_id TEXT, name TEXT, task TEXT, retried INT);
CREATE TABLE members (group_id TEXT, target_id TEXT, PRIMARY KEY (group_id, target_id));
"""
SCRATCH = """
CREATE TEMP TABLE present (id TEXT PRIMARY KEY, name TEXT);
CREATE TEMP TABLE wanted (group_id TEXT, user_id TEXT, PRIMARY KEY (group_id, user_id));
CREATE TEMP TABLE imported (name TEXT PRIMARY KEY, target_id TEXT);
CREATE TEMP TABLE seen (target_id TEXT PRIMARY KEY);
"""
MEMBERS = """
SELECT users.target_id, users.login FROM wanted JOIN users ON users.id = wanted.user_id
WHERE wanted.group_id = ? AND users.active AND users.target_id != '' ORDER BY users.rowid
"""
MATCHED = """
SELECT count(*) FROM imported WHERE name IN (SELECT name FROM present)
OR target_id IN (SELECT target_id FROM users WHERE active)
"""


class StateError(ValueError):
    """The state file cannot be used; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Link:
    """One person as the app knows them. `active`: assigned, and last written so. `written`: the profile then.

    `task`: why the last try failed.
    """

    id: str
    target_id: str = ""
    login: str = ""
    written: str = ""
    active: bool = False
    task: str = ""
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Pushed:
    """One pushed group."""

    id: str
    target_id: str = ""
    name: str = ""
    task: str = ""
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    target_id: str
    login: str


class State:
    """Use as a context manager. Without a path it lasts as long as the run."""

    def __init__(self, path: Path | None, target: str) -> None:
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            # An empty name is a database in a temporary file of its own.
            self._base = sqlite3.connect(str(path) if path else "", timeout=1, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"The state file {path} cannot be used: {error}.") from None
        try:
            self._open(target)
        except (sqlite3.Error, StateError) as error:
            self._base.close()
            raise StateError(f"The state file {path} cannot be used: {error}.") from None

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def begin(self, people: Iterable[Person]) -> None:
        """Who is assigned now, and who belongs to which group."""
        self._base.execute("BEGIN")
        for person in people:
            if person.active:
                row = (person.id, person.login.casefold())
                self._base.execute("INSERT OR REPLACE INTO present VALUES (?, ?)", row)
                rows = [(group, person.id) for group in person.groups]
                self._base.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?)", rows)
        self._base.execute("COMMIT")

    def user(self, okta_id: str) -> Link:
        row = self._base.execute("SELECT * FROM users WHERE id = ?", (okta_id,)).fetchone()
        return _link(row) if row else Link(okta_id)

    def keep_user(self, link: Link) -> None:
        row = (link.target_id, link.login, link.written, link.active, link.task, link.retried)
        self._base.execute(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET target_id = ?, login = ?, "
            "written = ?, active = ?, task = ?, retried = ?",
            (link.id, *row, *row),
        )

    def leavers(self) -> Iterator[Link]:
        """People who are linked and no longer assigned. Read in steps, since the caller writes meanwhile."""
        query = "SELECT * FROM users WHERE active AND id > ? AND id NOT IN (SELECT id FROM present) ORDER BY id LIMIT 1"
        last = ""
        while row := self._base.execute(query, (last,)).fetchone():
            yield _link(row)
            last = row[0]

    def owner(self, target_id: str) -> str:
        """The id of the Okta user an active account belongs to, or nothing."""
        row = self._base.execute("SELECT id FROM users WHERE target_id = ? AND active", (target_id,)).fetchone()
        return str(row[0]) if row else ""

    def saw(self, target_id: str) -> bool:
        """Whether an import met this resource for the first time."""
        return self._base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (target_id,)).rowcount == 1

    def keep_imported(self, user_name: str, target_id: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO imported VALUES (?, ?)", (user_name.casefold(), target_id))

    def imported(self, user_name: str) -> str:
        query = "SELECT target_id FROM imported WHERE name = ?"
        row = self._base.execute(query, (user_name.casefold(),)).fetchone()
        return str(row[0]) if row else ""

    def matched(self) -> int:
        """How many imported users are linked already, or have the login of somebody who is assigned."""
        return int(self._base.execute(MATCHED).fetchone()[0])

    def group(self, okta_id: str) -> Pushed:
        row = self._base.execute("SELECT * FROM groups WHERE id = ?", (okta_id,)).fetchone()
        return Pushed(*row) if row else Pushed(okta_id)

    def keep_group(self, group: Pushed) -> None:
        row = (group.id, group.target_id, group.name, group.task, group.retried)
        self._base.execute("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?)", row)

    def gone_groups(self, groups: Iterable[Group]) -> list[Pushed]:
        present = {group.id for group in groups}
        return [Pushed(*row) for row in self._base.execute("SELECT * FROM groups") if row[0] not in present]

    def forget_group(self, okta_id: str) -> None:
        self._base.execute("DELETE FROM groups WHERE id = ?", (okta_id,))
        self._base.execute("DELETE FROM members WHERE group_id = ?", (okta_id,))

    def members(self, okta_id: str) -> list[Member]:
        """Who belongs to the group now and has an account that is not deactivated."""
        return [Member(*row) for row in self._base.execute(MEMBERS, (okta_id,))]

    def pushed_members(self, okta_id: str) -> list[str]:
        rows = self._base.execute("SELECT target_id FROM members WHERE group_id = ? ORDER BY rowid", (okta_id,))
        return [str(row[0]) for row in rows]

    def keep_members(self, okta_id: str, members: Iterable[Member]) -> None:
        self._base.execute("BEGIN")
        self._base.execute("DELETE FROM members WHERE group_id = ?", (okta_id,))
        rows = [(okta_id, member.target_id) for member in members]
        self._base.executemany("INSERT INTO members VALUES (?, ?)", rows)
        self._base.execute("COMMIT")

    def _open(self, target: str) -> None:
        # A killed process loses nothing without it; only a machine that loses its power would.
        self._base.execute("PRAGMA synchronous = OFF")
        # Two runs at once on one state would create everybody twice.
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("BEGIN EXCLUSIVE")
        self._base.execute("COMMIT")
        application = self._base.execute("PRAGMA application_id").fetchone()[0]
        tables = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not application and not tables:
            self._base.executescript(f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION}; COMMIT;")
            self._base.execute("INSERT INTO about VALUES (?)", (target,))
        elif application != APPLICATION:
            raise StateError("it is the file of another program")
        (found,) = self._base.execute("SELECT target FROM about").fetchone() or (target,)
        if found != target:
            raise StateError(f"it belongs to {found}")
        self._base.executescript(SCRATCH)


def _link(row: tuple[str, str, str, str, int, str, int]) -> Link:
    okta_id, target_id, login, written, active, task, retried = row
    return Link(okta_id, target_id, login, written, bool(active), task, retried)
