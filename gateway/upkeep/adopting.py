"""Adopting the accounts that a backend had before the gateway: which of them a client will find, and by what."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scim.finding import drain
from scim.identity.store import TRANSACTION_LIMIT
from scim.kind import Kind
from scim.mapping import resolve_text
from scim.paths import Json, Target
from scim_adapter import Ask, Native

EXAMPLES = 20


@dataclass(slots=True)
class Adoption:
    """How many accounts would be linked, share their value with others, or have none; with keys of some of each."""

    linked: int = 0
    ambiguous: int = 0
    alone: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def show(self, word: str, key: str) -> None:
        """Remember a key as an example."""
        if len(some := self.examples.setdefault(word, [])) < EXAMPLES:
            some.append(key)


def attribute(kind: Kind, path: str) -> Target:
    """The attribute to match by; ValueError when the connection does not hold it."""
    target = resolve_text(kind.schema, path)
    if not kind.table.of_attribute(target):
        raise ValueError(f"This connection does not hold {target.text}, so accounts cannot be matched by it.")
    return target


async def adopt(kind: Kind, by: Target, *, dry_run: bool, progress: Callable[[int], None] = lambda _: None) -> Adoption:
    """Link every account whose value of `by` is its own alone. Hidden accounts stay hidden. Flat memory."""
    await kind.prepare()
    accounts = sqlite3.connect("", isolation_level=None)
    accounts.execute("create table a (key text primary key, value blob)")
    accounts.execute("begin")
    try:
        count = 0
        async for record in drain(kind, (), Ask()):
            accounts.execute("insert or ignore into a values (?, ?)", (kind.key_of(record), _value(kind, by, record)))
            count += 1
            progress(count)
        accounts.execute("create index v on a (value)")
        return await _linked(kind, accounts, dry_run=dry_run)
    finally:
        accounts.close()


async def _linked(kind: Kind, accounts: sqlite3.Connection, *, dry_run: bool) -> Adoption:
    adoption = Adoption()
    batch: list[str] = []
    for key, word in _judged(accounts):
        setattr(adoption, word, getattr(adoption, word) + 1)
        adoption.show(word, key)
        if word == "linked" and not dry_run:
            batch.append(key)
        if len(batch) == TRANSACTION_LIMIT:
            await kind.map.meet_all(kind.type, batch)
            batch.clear()
    await kind.map.meet_all(kind.type, batch)
    return adoption


def _judged(accounts: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    shared = "select count(*) from (select 1 from a as b where b.value = a.value limit 2)"
    for key, value, holders in accounts.execute(f"select key, value, ({shared}) from a order by key"):  # noqa: S608
        yield key, "alone" if value is None else "linked" if holders == 1 else "ambiguous"


def _value(kind: Kind, by: Target, record: Native) -> bytes | None:
    value = _first(by, kind.bare(record, {}))
    if value in (None, ""):
        return None
    return hashlib.blake2b(str(value).casefold().encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _first(by: Target, resource: Json) -> object:
    value = by.read(resource)
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, dict) and one.get("primary")), value[0])
    return value.get("value") if isinstance(value, dict) else value
