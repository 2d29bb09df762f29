"""Comparing a map with its backend: what drifted apart, found in memory that does not grow with the number of accounts.

Nothing is changed. The accounts' keys and names wait in a temporary SQLite file of the operating system's.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from scim.finding import drain
from scim.identity.links import Link
from scim.kind import Kind
from scim_adapter import Ask, Native

Kinds = Literal["missing", "renamed", "duplicate", "case", "enabled", "unfinished", "unlinked"]
WORDS: dict[Kinds, str] = {
    "missing": "a visible id whose account the backend does not have",
    "renamed": "an interrupted rename: the account has its next key already",
    "duplicate": "several accounts with the same name",
    "case": "several accounts whose names differ in case only",
    "enabled": "an account that was deleted here and is enabled in the backend",
    "unfinished": "an account of an interrupted create whose side steps are not repeated yet",
    "unlinked": "an account that no client has seen yet",
}
HARMLESS: frozenset[Kinds] = frozenset(("unlinked",))


@dataclass(frozen=True, slots=True)
class Drift:
    """One finding: its kind, the native keys and the ids that it is about."""

    kind: Kinds
    keys: tuple[str, ...]
    id: str = ""


async def verify(kind: Kind, progress: Callable[[int], None] = lambda _: None) -> AsyncIterator[Drift]:
    """Walk the backend and the map of one resource type. `progress` is told how many accounts were read."""
    await kind.prepare()
    accounts = _Accounts()
    try:
        async for record in drain(kind, (), Ask()):
            progress(accounts.add(kind, record))
        accounts.ready()
        async for link in kind.map.links(kind.type):
            if found := accounts.judge(link):
                yield found
        for keys, exact in accounts.twins():
            yield Drift("duplicate" if exact else "case", keys)
        for key in accounts.unlinked():
            yield Drift("unlinked", (key,))
    finally:
        accounts.close()


class _Accounts:
    """What the backend holds, on disk: key, hash of the name with and without case, whether it is enabled."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("create table a (key text primary key, name blob, folded blob, enabled int, linked int)")
        self._file.execute("begin")
        self._count = 0

    def add(self, kind: Kind, record: Native) -> int:
        bare = kind.bare(record, {})
        name = str(kind.naming.target.read(bare) or "")
        values = (kind.key_of(record), _hash(name), _hash(name.casefold()), bare.get("active") is not False)
        self._file.execute("insert or ignore into a values (?, ?, ?, ?, 0)", values)
        self._count += 1
        return self._count

    def ready(self) -> None:
        self._file.execute("create index f on a (folded)")

    def judge(self, link: Link) -> Drift | None:
        row = self._file.execute("select enabled from a where key = ?", (link.key,)).fetchone()
        if row is not None:
            self._file.execute("update a set linked = 1 where key = ?", (link.key,))
        if link.state == "gone":
            return None
        if link.state == "hidden":
            return Drift("enabled", (link.key,), link.id) if row and row[0] else None
        if row is None:
            return Drift("renamed" if self._has(link.next_key) else "missing", (link.key,), link.id)
        return Drift("unfinished", (link.key,), link.id) if link.unfinished else None

    def _has(self, key: str) -> bool:
        return bool(key) and self._file.execute("select 1 from a where key = ?", (key,)).fetchone() is not None

    def twins(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        grouped = "select folded, count(distinct name) from a group by folded having count(*) > 1"
        for folded, names in self._file.execute(grouped).fetchall():
            keys = self._file.execute("select key from a where folded = ? order by key", (folded,))
            yield tuple(key for (key,) in keys), names == 1

    def unlinked(self) -> Iterator[str]:
        for (key,) in self._file.execute("select key from a where linked = 0 order by key"):
            yield key

    def close(self) -> None:
        self._file.close()


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
