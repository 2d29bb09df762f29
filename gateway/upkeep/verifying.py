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
        for key, id in accounts.enabled():
            yield Drift("enabled", (key,), id)
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
        columns = "key text primary key, name blob, folded blob, enabled int, linked int default 0, used int default 0"
        self._file.execute(f"create table a ({columns})")
        self._file.execute("create table hidden (key text, id text, generation int)")
        self._file.execute("begin")
        self._count = 0

    def add(self, kind: Kind, record: Native) -> int:
        bare = kind.bare(record, {})
        name = str(kind.naming.target.read(bare) or "")
        values = (kind.key_of(record), _hash(name), _hash(name.casefold()), bare.get("active") is not False)
        self._file.execute("insert or ignore into a (key, name, folded, enabled) values (?, ?, ?, ?)", values)
        self._count += 1
        return self._count

    def ready(self) -> None:
        self._file.execute("create index f on a (folded)")

    def judge(self, link: Link) -> Drift | None:
        use = "update a set linked = 1, used = used or ? where key = ?"
        there = self._file.execute(use, (link.visible, link.key)).rowcount
        if link.state == "hidden":
            self._file.execute("insert into hidden values (?, ?, ?)", (link.key, link.id, link.generation))
        if not link.visible:
            return None
        if not there:
            return Drift("renamed" if self._has(link.next_key) else "missing", (link.key,), link.id)
        return Drift("unfinished", (link.key,), link.id) if link.unfinished else None

    def _has(self, key: str) -> bool:
        return bool(key) and self._file.execute("select 1 from a where key = ?", (key,)).fetchone() is not None

    def enabled(self) -> Iterator[tuple[str, str]]:
        """Keys and ids of accounts that are enabled though nobody visible has them; of several lives the last."""
        last = "select key, id, max(generation) from hidden join a using (key) where enabled and not used group by key"
        for key, id, _ in self._file.execute(last):
            yield key, id

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
