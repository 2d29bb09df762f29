"""The rows of one connection's map: opened with their salt, read, and written together."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
from collections.abc import AsyncIterator, Collection, Iterable
from datetime import UTC, datetime

from scim.identity.claims import Claims
from scim.identity.ids import claim_key, mapping_key, well_formed
from scim.identity.links import Link, index_keys, link_of
from scim.identity.schema import MAP_ROW, SCHEMA, MapRefused, bring_forward, partition
from scim.identity.store import (
    Conflict,
    Delete,
    Insert,
    Merge,
    Operation,
    Replace,
    Row,
    Store,
    StoreUnavailable,
    Value,
)

MANY = 1000
"""More ids than this are looked for in a scan first, which brings a thousand rows at a time."""
WORTH = 10
"""Rows that a scan may bring for each id that is looked for; what it has not met by then is asked for by itself."""


class Rows:
    """One connection's map on a store. `lease` is how long a claim protects its maker's call, in seconds."""

    def __init__(self, store: Store, name: str, owner: str, lease: float = 90.0) -> None:
        self.store, self.name, self._owner, self.lease = store, name, owner, lease
        self._salt = b""
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Fetch or make the salt and bring an older map forward, once in the life of this object; or `MapRefused`."""
        async with self._opening:
            if self._salt:
                return
            row = await self.store.get(self.name, MAP_ROW) or await self._made(secrets.token_hex(32))
            if row.values["owner"] != self._owner:
                owner = row.values["owner"]
                raise MapRefused(
                    f"The identity map {self.name} belongs to the connection {owner}, not to {self._owner}."
                )
            await bring_forward(self.store, self.name, row)
            self._salt = bytes.fromhex(str(row.values["salt"]))

    async def _made(self, salt: str) -> Row:
        """The row of a new map: ours, or that of whoever was quicker."""
        values: dict[str, Value] = {"salt": salt, "owner": self._owner, "schema": SCHEMA}
        with contextlib.suppress(Conflict):
            await self.store.commit(self.name, [Insert(MAP_ROW, values)])
        row = await self.store.get(self.name, MAP_ROW)
        if row is None:
            raise StoreUnavailable("A row of the identity map that was just written is not there.")
        return row

    def partition(self, type: str) -> str:
        """Where the rows of one resource type live."""
        return partition(self.name, type)

    def claims(self, type: str) -> Claims:
        """The claims on unique values of one resource type."""
        return Claims(self.store, self.partition(type), self.lease)

    def claim_key(self, path: str, value: str) -> str:
        """The row key of the claim on a value."""
        return claim_key(self._salt, path, value)

    def secret(self, purpose: str) -> bytes:
        """A key for one purpose, the same in every process that has this map."""
        return hmac.digest(self._salt, purpose.encode("ascii"), "sha256")

    async def _row(self, type: str, id: str) -> Link | None:
        if not well_formed(id):
            return None
        row = await self.store.get(self.partition(type), mapping_key(id))
        return link_of(id, row) if row else None

    async def _many(self, type: str, ids: Collection[str]) -> AsyncIterator[Link]:
        """The rows of many ids, as far as a scan that is worth it brings them; none for a few ids."""
        wanted, limit = set(ids), WORTH * len(ids)
        if len(wanted) <= MANY:
            return
        async for row in self.store.scan(self.partition(type), mapping_key("")):
            limit -= 1
            if (id := row.key.removeprefix(mapping_key(""))) in wanted:
                wanted.remove(id)
                yield link_of(id, row)
            if not wanted or limit <= 0:
                return

    def _rewrite(self, old: Link, new: Link) -> list[Operation]:
        """Replace a row that was read, with its index rows."""
        before, after = (index_keys(self._salt, link.id, link.kept) for link in (old, new))
        rows: list[Operation] = [Replace(mapping_key(new.id), new.values(), old.etag)]
        rows += [Delete(key) for key in sorted(before - after)]
        return rows + [Merge(key, {"id": new.id}) for key in sorted(after - before)]

    async def commit(self, type: str, rows: Iterable[Operation]) -> None:
        """Write rows that were prepared here. One write."""
        await self.store.commit(self.partition(type), list(rows))


def now() -> str:
    """This moment as a SCIM dateTime in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
