"""What the job remembers between cycles: who is linked to which target id, and what was last written.

Kept in an SQLite file, person by person, so that a kill at any moment loses nothing. It never holds the token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from simulators.entra.database import Database

VERSION = 4
Kind = Literal["user", "group"]

TABLES = """
CREATE TABLE IF NOT EXISTS links (
  kind TEXT NOT NULL, object_id TEXT NOT NULL, target_id TEXT, scope TEXT NOT NULL, link TEXT NOT NULL,
  PRIMARY KEY (kind, object_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS owners ON links (kind, target_id) WHERE target_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS members (
  group_id TEXT NOT NULL, member_id TEXT NOT NULL, target_id TEXT NOT NULL, PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE roster (
  kind TEXT NOT NULL, object_id TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (kind, object_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX temp.names ON roster (kind, name)
"""
MEMBERLESS = "DELETE FROM members WHERE group_id = ?"


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
    fresh: bool = False
    """A group that we created and that has got no members yet: it needs no reference checks."""
    failures: int = 0
    why: str = ""
    tried: str = ""
    """Digest of the source object that failed; whether the source changed since."""
    failed_at: str = ""
    retry_at: str = ""
    since: str = ""
    """When somebody was first seen in the recycle bin of the source."""


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
        before = self.get(object_id)
        if self._kind == "group" and before and before.id != link.id:
            self.database.change((MEMBERLESS, (object_id,)))
        self.database.change(
            (other, (self._kind, link.id, object_id)),
            ("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)", entry),
        )

    def drop(self, object_id: str) -> None:
        gone = "DELETE FROM links WHERE kind = ? AND object_id = ?"
        self.database.change((gone, (self._kind, object_id)), (MEMBERLESS, (object_id,)))

    def members(self, object_id: str) -> dict[str, str]:
        """Members of a group as they were last written: objectId to target id."""
        return dict(self.database.rows("SELECT member_id, target_id FROM members WHERE group_id = ?", object_id))

    def settle_members(self, object_id: str, members: Iterable[str], ids: Mapping[str, str]) -> None:
        """These members are now as told: in the group with that target id, or not in it."""
        keep, drop = (
            "INSERT OR REPLACE INTO members VALUES (?, ?, ?)",
            "DELETE FROM members WHERE (group_id, member_id)",
        )
        self.database.change(
            *(
                (keep, (object_id, each, ids[each])) if each in ids else (f"{drop} = (?, ?)", (object_id, each))
                for each in members
            )
        )

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
        database.change(("DELETE FROM links", ()), ("DELETE FROM members", ()), ("DELETE FROM job", ()))
    return database
