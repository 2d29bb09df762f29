"""The identity map of one connection: which id stands for which native key, and what is kept beside it.

Every id that leaves the gateway has a row first. The first sight of a record merges the native key only, so it cannot
un-hide or un-delete. Exceptions to the derived id stand twice: on the row of the derived id, for answers about one
resource, and as an override row, for lists.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from scim.identity.claims import Claim, Claims
from scim.identity.ids import claim_key, derived_id, index_prefix, mapping_key, override_key, well_formed
from scim.identity.links import Link, index_keys, link_of
from scim.identity.store import TRANSACTION_LIMIT, Conflict, Delete, Insert, Merge, Operation, Replace, Store, Value

OVERRIDE_SECONDS = 30.0
"""How old the overrides of a list may be: the longest time for which a list shows a link that another process ended."""
SEEN_LIMIT = 200_000
READS_AT_ONCE = 16
SALT_ROW = "map"


class MapOwned(Exception):
    """The map belongs to another connection. The message names both."""


@dataclass
class _Sight:
    """What this process knows of one resource type without asking the store."""

    overrides: dict[str, Link]
    loaded: float
    seen: set[str]


class IdentityMap:
    """One connection's map on a store. `lease` is how long a claim protects its maker's call, in seconds."""

    def __init__(self, store: Store, name: str, owner: str, lease: float = 90.0) -> None:
        self.store, self.name, self._owner, self.lease = store, name, owner, lease
        self._salt = b""
        self._opening = asyncio.Lock()
        self._sights: dict[str, _Sight] = {}

    async def open(self) -> None:
        """Fetch or make the salt, once in the life of this object; `MapOwned` when another connection has the map."""
        async with self._opening:
            if self._salt:
                return
            row = await self.store.get(self.name, SALT_ROW)
            if row is None:
                try:
                    values: dict[str, Value] = {"salt": secrets.token_hex(32), "owner": self._owner, "schema": 1}
                    await self.store.commit(self.name, [Insert(SALT_ROW, values)])
                except Conflict:
                    pass
                row = await self.store.get(self.name, SALT_ROW)
            if row is None or row.values["owner"] != self._owner:
                owner = row.values["owner"] if row else "nobody"
                raise MapOwned(f"The identity map {self.name} belongs to the connection {owner}, not to {self._owner}.")
            self._salt = bytes.fromhex(str(row.values["salt"]))

    def partition(self, type: str) -> str:
        """Where the rows of one resource type live."""
        return f"{self.name}.{type.lower()}"

    def claims(self, type: str) -> Claims:
        """The claims on unique values of one resource type."""
        return Claims(self.store, self.partition(type), self.lease)

    def claim_key(self, path: str, value: str) -> str:
        """The row key of the claim on a value."""
        return claim_key(self._salt, path, value)

    def id_of(self, type: str, key: str) -> str:
        """The id of a native key, seen before or not, as far as this process knows."""
        override = self._override(type, key)
        return override.id if override else derived_id(self._salt, type, key)

    def _override(self, type: str, key: str) -> Link | None:
        sight = self._sights.get(type)
        return sight.overrides.get(override_key(self._salt, key)) if sight else None

    # -- one resource: always reads its row ---------------------------------------------------------------------

    async def link(self, type: str, id: str) -> Link | None:
        """The visible link of an id, or None. One read."""
        link = await self._read(type, id)
        return link if link and link.visible else None

    async def _read(self, type: str, id: str) -> Link | None:
        if not well_formed(id):
            return None
        row = await self.store.get(self.partition(type), mapping_key(id))
        return link_of(id, row) if row and row.values.get("native") else None

    async def meet(self, type: str, key: str) -> Link:
        """The link of a record that was found, visible or hidden. One read (two after a move), one write at first."""
        id = derived_id(self._salt, type, key)
        link = await self._read(type, id)
        if link is None:
            await self.store.commit(self.partition(type), [Merge(mapping_key(id), {"native": key})])
            return Link(id, key)
        if link.current:
            link = await self._read(type, link.current) or link
        if link.key != key or link.state == "gone":
            return await self._next_life(type, key, link)
        return link

    async def _next_life(self, type: str, key: str, link: Link) -> Link:
        """A native key that was ours before names a record again: it gets an id of its own."""
        reborn = self._successor(type, key, link)
        try:
            await self.store.commit(self.partition(type), self._birth(type, reborn))
        except Conflict:
            return await self._read(type, reborn.id) or reborn
        self._note(type, key, reborn)
        return reborn

    def _successor(self, type: str, key: str, link: Link) -> Link:
        generation = link.generation + 1
        return Link(derived_id(self._salt, type, key, generation), key, generation=generation, created=now())

    def _birth(self, type: str, link: Link) -> list[Operation]:
        """The row of a new link, its index rows, and where it is not the derived one the way to it."""
        rows: list[Operation] = [Insert(mapping_key(link.id), link.values())]
        rows += [Merge(key, {"id": link.id}) for key in sorted(index_keys(self._salt, link.id, link.kept))]
        if link.generation:
            first = derived_id(self._salt, type, link.key)
            rows.append(Merge(override_key(self._salt, link.key), {"id": link.id, "state": ""}))
            rows.append(Merge(mapping_key(first), {"current": link.id}))
        return rows

    # -- lists ---------------------------------------------------------------------------------------------------

    async def refresh(self, type: str) -> None:
        """Load the overrides when they are older than 30 seconds. One read then."""
        sight = self._sights.setdefault(type, _Sight({}, -OVERRIDE_SECONDS, set()))
        if time.monotonic() - sight.loaded < OVERRIDE_SECONDS:
            return
        started = time.monotonic()
        overrides = {}
        async for row in self.store.scan(self.partition(type), "o."):
            state: Any = row.values.get("state", "")
            overrides[row.key] = Link(str(row.values["id"]), "", state=state)
        sight.overrides, sight.loaded = overrides, started

    async def meet_all(self, type: str, keys: Sequence[str]) -> list[str | None]:
        """The ids of records in a list, None for hidden ones. No store operation for ids seen before."""
        await self.refresh(type)
        found = [(key, self._override(type, key)) for key in keys]
        unseen = {derived_id(self._salt, type, key): key for key, override in found if override is None}
        await self._first_sight(type, unseen)
        return [self.shown(type, key) for key in keys]

    def shown(self, type: str, key: str) -> str | None:
        """The id of a record by the overrides loaded last, None for a hidden one. No store operation."""
        override = self._override(type, key)
        return (None if override.state else override.id) if override else derived_id(self._salt, type, key)

    async def hides(self, type: str) -> bool:
        """Whether any record is hidden: native totals and offsets are not exact then."""
        await self.refresh(type)
        return any(link.state == "hidden" for link in self._sights[type].overrides.values())

    async def _first_sight(self, type: str, ids: Mapping[str, str]) -> None:
        sight = self._sights[type]
        fresh = [id for id in ids if id not in sight.seen]
        for start in range(0, len(fresh), TRANSACTION_LIMIT):
            batch = fresh[start : start + TRANSACTION_LIMIT]
            rows = [Merge(mapping_key(id), {"native": ids[id]}) for id in batch]
            await self.store.commit(self.partition(type), rows)
            if len(sight.seen) + len(batch) > SEEN_LIMIT:
                sight.seen.clear()
            sight.seen.update(batch)

    async def kept(self, type: str, ids: Sequence[str], *, whole: bool = False) -> Mapping[str, Link]:
        """The links of a page, for what is kept in them: point reads 16 at a time, or the partition once."""
        if whole:
            rows = {row.key[2:]: row async for row in self.store.scan(self.partition(type), "i.")}
            return {id: link_of(id, rows[id]) for id in ids if id in rows}
        gate = asyncio.Semaphore(READS_AT_ONCE)

        async def one(id: str) -> Link | None:
            async with gate:
                return await self._read(type, id)

        return {link.id: link for link in await asyncio.gather(*map(one, ids)) if link}

    async def with_kept(self, type: str, attribute: str, value: str) -> list[Link]:
        """The visible links that keep this value, whatever its case. One read, and one for each."""
        prefix = index_prefix(self._salt, attribute, value)
        ids = [row.key.removeprefix(prefix) async for row in self.store.scan(self.partition(type), prefix)]
        links = await self.kept(type, ids)
        folded = value.casefold()
        return [link for link in links.values() if link.visible and str(link.kept.get(attribute)).casefold() == folded]

    # -- changes -------------------------------------------------------------------------------------------------

    async def born(self, type: str, key: str, kept: Mapping[str, Any], claim: Claim, known: Link | None) -> Link:
        """Link a record that was created, re-used or adopted, and close its claim. One write.

        `known` is the record's link if it was met: a hidden one gets a successor with a new id, a visible one keeps
        its id.
        """
        if known is None:
            link = Link(derived_id(self._salt, type, key), key, kept, now())
            try:
                return await self._bear(type, link, claim)
            except Conflict as conflict:
                if conflict.key == claim.key:
                    raise
                known = await self.meet(type, key)
        if known.visible:
            return await self._keep_and_close(type, known, kept, claim)
        return await self._bear(type, replace(self._successor(type, key, known), kept=kept), claim)

    async def _bear(self, type: str, link: Link, claim: Claim) -> Link:
        await self.store.commit(self.partition(type), [*self._birth(type, link), claim.done(link.id)])
        if link.generation:
            self._note(type, link.key, link)
        return link

    async def _keep_and_close(self, type: str, link: Link, kept: Mapping[str, Any], claim: Claim) -> Link:
        if not link.etag:
            link = await self._read(type, link.id) or link
        changed = replace(link, kept=kept, created=link.created or now(), unfinished=False)
        await self.store.commit(self.partition(type), [*self._rewrite(link, changed), claim.done(link.id)])
        return changed

    def _rewrite(self, old: Link, new: Link) -> list[Operation]:
        """Replace a row that was read, with its index rows."""
        before, after = (index_keys(self._salt, link.id, link.kept) for link in (old, new))
        rows: list[Operation] = [Replace(mapping_key(new.id), new.values(), old.etag)]
        rows += [Delete(key) for key in sorted(before - after)]
        return rows + [Merge(key, {"id": new.id}) for key in sorted(after - before)]

    async def keep(self, type: str, link: Link, kept: Mapping[str, Any]) -> Link:
        """Change what is kept; `Conflict` when the row changed since it was read. One write."""
        changed = replace(link, kept=kept)
        await self.store.commit(self.partition(type), self._rewrite(link, changed))
        return changed

    async def settle(self, type: str, key: str, claim: Claim) -> Link:
        """Link what an interrupted create has made, as unfinished, and drop its claim. One write."""
        link = await self.meet(type, key)
        if not link.etag:
            link = await self._read(type, link.id) or link
        made = replace(link, created=link.created or now(), unfinished=True) if link.visible else link
        await self.store.commit(self.partition(type), [*self._rewrite(link, made), claim.dropped()])
        return await self._read(type, made.id) or made

    async def finish(self, type: str, link: Link) -> Link:
        """Say that the side steps of an interrupted create were repeated. One write."""
        finished = replace(link, unfinished=False)
        await self.store.commit(self.partition(type), self._rewrite(link, finished))
        return await self._read(type, link.id) or finished

    async def end(self, type: str, link: Link, state: str) -> None:
        """Hide a link ("hidden") or make it a tombstone ("gone"); its id is 404 from now on. One write."""
        ended = replace(link, kept={}, state=state, unfinished=False)  # type: ignore[arg-type]
        rows = self._rewrite(link, ended)
        rows.append(Merge(override_key(self._salt, link.key), {"id": link.id, "state": state}))
        await self.store.commit(self.partition(type), rows)
        self._note(type, link.key, ended)

    def _note(self, type: str, key: str, link: Link) -> None:
        """Let this process's lists know an override at once that it has just written."""
        if sight := self._sights.get(type):
            sight.overrides[override_key(self._salt, key)] = link

    # -- a rename that changes the key itself --------------------------------------------------------------------

    def moving(self, link: Link, key: str) -> list[Operation]:
        """Before the backend call: the row learns its next key (to be committed with the rename's claim)."""
        return [Merge(mapping_key(link.id), {"next": key})]

    def unmoving(self, link: Link) -> list[Operation]:
        """After a rename that never took effect: the row forgets the next key, which may become somebody else's."""
        return self._rewrite(link, replace(link, next_key=""))

    def moved(self, type: str, link: Link, key: str) -> list[Operation]:
        """After it: the next key is the key, and the new key leads to the old id."""
        derived = derived_id(self._salt, type, key)
        rows: list[Operation] = [
            Merge(mapping_key(link.id), {"native": key, "next": ""}),
            Merge(override_key(self._salt, key), {"id": link.id, "state": ""}),
        ]
        if derived != link.id:
            rows.append(Merge(mapping_key(derived), {"native": key, "current": link.id, "state": "gone"}))
        self._note(type, key, link)
        return rows

    async def commit(self, type: str, rows: Iterable[Operation]) -> None:
        """Write rows that were prepared here. One write."""
        await self.store.commit(self.partition(type), list(rows))


def now() -> str:
    """This moment as a SCIM dateTime in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
