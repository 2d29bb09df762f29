"""What the job remembers between cycles: who is linked to which target id, and what was last written.

Kept in an SQLite file, person by person, so that a kill at any moment loses nothing. It never holds the token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from simulators.entra.database import Database

VERSION = 2
Kind = Literal["user", "group"]

TABLES = """
CREATE TABLE IF NOT EXISTS links (
  kind TEXT NOT NULL, object_id TEXT NOT NULL, target_id TEXT, scope TEXT NOT NULL, link TEXT NOT NULL,
  PRIMARY KEY (kind, object_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS owners ON links (kind, target_id) WHERE target_id IS NOT NULL;
CREATE TEMP TABLE roster (
  kind TEXT NOT NULL, object_id TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (kind, object_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX temp.names ON roster (kind, name)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One object of the source as the job knows it (the cached identifier of "How application provisioning works")."""

    id: str | None = None
    user_name: str = ""
    scope: Literal["in", "out"] = "in"
    seen: str = ""
    """Digest of the values last settled, the person's watermark; empty when the person must be looked at again."""
    manager: str = ""
    """userPrincipalName of the manager last settled."""
    manager_id: str = ""
    failures: int = 0
    why: str = ""


def default_state(tenant: str, people: str) -> Path:
    """`people`: what tells one source from another."""
    job = f"{tenant.partition('?')[0].rstrip('/')}\n{people}"
    return Path(".data") / f"entra-state-{hashlib.sha256(job.encode()).hexdigest()[:12]}.db"


class State:
    """The links of one kind by objectId."""

    def __init__(self, database: Database, kind: Kind = "user") -> None:
        self.database = database
        self._kind = kind

    def __len__(self) -> int:
        return int(self.database.rows("SELECT count(*) FROM links WHERE kind = ?", self._kind)[0][0])

    def get(self, object_id: str) -> Link | None:
        found = self.database.row("SELECT link FROM links WHERE kind = ? AND object_id = ?", self._kind, object_id)
        return Link(**json.loads(found[0])) if found else None

    def owner(self, target_id: str) -> str | None:
        """The objectId that a target id belongs to."""
        sql = "SELECT object_id FROM links WHERE kind = ? AND target_id = ?"
        found = self.database.row(sql, self._kind, target_id)
        return found[0] if found else None

    def put(self, object_id: str, link: Link) -> None:
        """Remember; whoever had the same target id before has it no more."""
        entry = (self._kind, object_id, link.id, link.scope, json.dumps(asdict(link)))
        other = "DELETE FROM links WHERE kind = ? AND target_id = ? AND object_id <> ?"
        self.database.change(
            (other, (self._kind, link.id, object_id)),
            ("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)", entry),
        )

    def drop(self, object_id: str) -> None:
        self.database.change(("DELETE FROM links WHERE kind = ? AND object_id = ?", (self._kind, object_id)))

    def absent(self) -> Iterator[str]:
        """objectIds of links in scope that are not in the source any more."""
        sql = """SELECT object_id FROM links WHERE object_id > ? AND kind = ? AND scope = 'in' AND target_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM roster WHERE kind = links.kind AND object_id = links.object_id)
                 ORDER BY object_id"""
        return (row[0] for row in self.database.walk(sql, self._kind))

    def count_absent(self) -> int:
        sql = """SELECT count(*) FROM links WHERE kind = ? AND scope = 'in' AND target_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM roster WHERE kind = links.kind AND object_id = links.object_id)"""
        return int(self.database.rows(sql, self._kind)[0][0])

    def forget_absent(self) -> None:
        """Who was never linked and is not in the source any more leaves no trace."""
        sql = """DELETE FROM links WHERE kind = ? AND target_id IS NULL
                 AND NOT EXISTS (SELECT 1 FROM roster WHERE kind = links.kind AND object_id = links.object_id)"""
        self.database.change((sql, (self._kind,)))


def open_state(path: Path | None, *, fresh: bool = False) -> Database:
    """`fresh` is "restart provisioning": watermarks and cached identifiers are forgotten. Raises StateError."""
    database = Database(path, TABLES, VERSION)
    if fresh:
        database.change(("DELETE FROM links", ()))
    return database
