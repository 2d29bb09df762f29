"""What the app integration remembers between runs: links, tasks, and the members each group was written with.

An SQLite file, so that each step is kept at once and ten thousand people need no memory. It never holds the token.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from simulators.okta.links import Imported, Links
from simulators.okta.people import Person
from simulators.okta.pushes import Pushes

APPLICATION = 0x0C7A
TABLES = """
CREATE TABLE about (target TEXT NOT NULL);
CREATE TABLE users (id TEXT PRIMARY KEY, target_id TEXT, login TEXT, written TEXT, password TEXT, active INT,
  task TEXT, retried INT);
CREATE INDEX accounts ON users (target_id);
CREATE TABLE groups (id TEXT PRIMARY KEY, target_id TEXT, name TEXT, task TEXT, retried INT);
CREATE TABLE members (group_id TEXT, target_id TEXT, PRIMARY KEY (group_id, target_id));
"""
SCRATCH = """
CREATE TEMP TABLE present (id TEXT PRIMARY KEY, name TEXT);
CREATE INDEX temp.names ON present (name);
CREATE TEMP TABLE wanted (group_id TEXT, user_id TEXT, PRIMARY KEY (group_id, user_id));
CREATE TEMP TABLE imported (name TEXT PRIMARY KEY, target_id TEXT);
CREATE TEMP TABLE seen (resource TEXT PRIMARY KEY);
"""


class StateError(ValueError):
    """The state file cannot be used; the message is a sentence."""


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
        self.links, self.imported, self.pushes = Links(self._base), Imported(self._base), Pushes(self._base)

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
                self._base.execute("INSERT INTO present VALUES (?, ?)", row)
                rows = [(group, person.id) for group in person.groups]
                self._base.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?)", rows)
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
