"""The identity map of one connection: which id stands for which native key, and what is kept beside it.

Every id that leaves the gateway has a row first. The first sight of a record merges the native key only, so it cannot
un-hide or un-delete. Exceptions to the derived id stand twice: on the row of the derived id, for answers about one
resource, and as an override row, for lists.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from scim.identity.claims import Claim, Claims
from scim.identity.ids import claim_key, derived_id, index_prefix, mapping_key, override_key, well_formed
from scim.identity.links import Link, index_keys, link_of
from scim.identity.schema import MAP_ROW, SCHEMA, MapRefused, bring_forward, partition
from scim.identity.store import (
    TRANSACTION_LIMIT,
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

OVERRIDE_SECONDS = 30.0
"""How old the overrides of a list may be: the longest time for which a list shows a link that another process ended."""
SEEN_LIMIT = 200_000
READS_AT_ONCE = 16
LEFT: Any = "left"
"""The state of an override whose key was left by a rename: who has it now is met one by one."""


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

    def _override(self, type: str, key: str) -> Link | None:
        sight = self._sights.get(type)
        return sight.overrides.get(override_key(self._salt, key)) if sight else None

    # -- one resource: always reads its row ---------------------------------------------------------------------

    async def link(self, type: str, id: str) -> Link | None:
        """The visible link of an id, or None. One read."""
        link = await self.read(type, id)
        return link if link and link.visible else None

    async def read(self, type: str, id: str) -> Link | None:
        """The link of an id, visible or not, or None. One read."""
        link = await self._row(type, id)
        return link if link and link.key and self._stands(type, link) else None

    async def _row(self, type: str, id: str) -> Link | None:
        if not well_formed(id):
            return None
        row = await self.store.get(self.partition(type), mapping_key(id))
        return link_of(id, row) if row else None

    def _stands(self, type: str, link: Link) -> bool:
        """Whether a row is a link of its own, and does not only lead from its native key to the id that owns it."""
        owns = link.current in ("", link.id)
        return owns or derived_id(self._salt, type, link.key) != link.id or not link.visible

    async def meet(self, type: str, key: str) -> Link:
        """The link of a record that was found, visible or hidden. One read (two after a move), one write at first."""
        id = derived_id(self._salt, type, key)
        row = await self._row(type, id)
        if row is None:
            await self.store.commit(self.partition(type), [Merge(mapping_key(id), {"first": key})])
            return Link(id, key, first=key)
        owner = await self._holder(type, row)
        if owner is None or owner.key != key or owner.state == "gone":
            owner = await self._next_life(type, key, owner.generation if owner and owner.key == key else 0)
        if owner.id != id:
            self._note(type, key, owner)
        return owner

    async def known(self, type: str, key: str) -> Link | None:
        """The link of a native key, if anybody has met it. One read, two after a move; no write."""
        row = await self._row(type, derived_id(self._salt, type, key))
        owner = await self._holder(type, row) if row else None
        return owner if owner and owner.key == key else None

    async def _holder(self, type: str, row: Link) -> Link | None:
        """The link of the native key from which a row's id is derived, as far as the row tells."""
        return row if row.current in ("", row.id) else await self._row(type, row.current)

    async def _next_life(self, type: str, key: str, generation: int) -> Link:
        """A native key that was ours before names a record again: it gets an id of its own."""
        while True:
            generation += 1
            reborn = self._life(type, key, generation)
            taken = await self._row(type, reborn.id)
            if taken is None:
                try:
                    await self.store.commit(self.partition(type), self._birth(type, reborn))
                    return reborn
                except Conflict:
                    generation -= 1
            elif taken.key == key and taken.state != "gone":
                return taken

    def _life(self, type: str, key: str, generation: int) -> Link:
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
        for key, override in found:
            if override is not None and override.state == LEFT:
                self._note(type, key, await self.meet(type, key))
        return [self.shown(type, key) for key in keys]

    def shown(self, type: str, key: str) -> str | None:
        """The id of a record by the overrides loaded last, None for a hidden one. No store operation."""
        override = self._override(type, key)
        return (None if override.state else override.id) if override else derived_id(self._salt, type, key)

    def hidden(self, type: str, key: str) -> bool:
        """Whether a record is hidden or gone by the overrides loaded last. No store operation."""
        override = self._override(type, key)
        return override is not None and override.state not in ("", LEFT)

    async def hides(self, type: str) -> bool:
        """Whether any record is hidden: native totals and offsets are not exact then."""
        await self.refresh(type)
        return any(link.state == "hidden" for link in self._sights[type].overrides.values())

    async def _first_sight(self, type: str, ids: Mapping[str, str]) -> None:
        sight = self._sights[type]
        fresh = [id for id in ids if id not in sight.seen]
        for start in range(0, len(fresh), TRANSACTION_LIMIT):
            batch = fresh[start : start + TRANSACTION_LIMIT]
            rows = [Merge(mapping_key(id), {"first": ids[id]}) for id in batch]
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
                return await self.read(type, id)

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
            link = Link(derived_id(self._salt, type, key), key, kept, now(), first=key)
            try:
                return await self._bear(type, link, claim)
            except Conflict as conflict:
                if conflict.key == claim.key:
                    raise
                known = await self.meet(type, key)
        if known.visible:
            return await self._keep_and_close(type, known, kept, claim)
        return await self._bear_again(type, known, kept, claim)

    async def _bear(self, type: str, link: Link, claim: Claim) -> Link:
        await self.store.commit(self.partition(type), [*self._birth(type, link), claim.done(link.id)])
        if link.generation:
            self._note(type, link.key, link)
        return link

    async def _bear_again(self, type: str, hidden: Link, kept: Mapping[str, Any], claim: Claim) -> Link:
        """The next life of a key; an id that another life of it had already is passed over."""
        generation = hidden.generation
        while True:
            generation += 1
            link = replace(self._life(type, hidden.key, generation), kept=kept)
            try:
                return await self._bear(type, link, claim)
            except Conflict as conflict:
                if conflict.key != mapping_key(link.id):
                    raise

    async def _keep_and_close(self, type: str, link: Link, kept: Mapping[str, Any], claim: Claim) -> Link:
        if not link.etag:
            link = await self.read(type, link.id) or link
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
            link = await self.read(type, link.id) or link
        made = replace(link, created=link.created or now(), unfinished=True) if link.visible else link
        await self.store.commit(self.partition(type), [*self._rewrite(link, made), claim.dropped()])
        return await self.read(type, made.id) or made

    async def finish(self, type: str, link: Link) -> Link:
        """Say that the side steps of an interrupted create were repeated. One write."""
        finished = replace(link, unfinished=False)
        await self.store.commit(self.partition(type), self._rewrite(link, finished))
        return await self.read(type, link.id) or finished

    async def end(self, type: str, link: Link, state: str) -> None:
        """Hide a link ("hidden") or make it a tombstone ("gone"); its id is 404 from now on. One write."""
        ended = replace(link, kept={}, state=state, unfinished=False, turn="")  # type: ignore[arg-type]
        rows = self._rewrite(link, ended)
        rows.append(Merge(override_key(self._salt, link.key), {"id": link.id, "state": state}))
        await self.store.commit(self.partition(type), rows)
        self._note(type, link.key, ended)

    def _note(self, type: str, key: str, link: Link) -> None:
        """Let this process's lists know an override at once that it has just written."""
        if sight := self._sights.get(type):
            sight.overrides[override_key(self._salt, key)] = link

    # -- for operators -------------------------------------------------------------------------------------------

    async def links(self, type: str) -> AsyncIterator[Link]:
        """Every link of a type, whatever its state, page by page."""
        async for row in self.store.scan(self.partition(type), "i."):
            link = link_of(row.key[2:], row)
            if link.key and self._stands(type, link):
                yield link

    async def relink(self, type: str, link: Link, key: str) -> None:
        """Let an id lead to another native key; the id that this key had before leads nowhere then. One write."""
        await self.commit(type, await self.moved(type, link, key))

    def turning(self, id: str, op: str) -> list[Operation]:
        """The mark of a turn on its row, or with an empty `op` its end (to be committed with the turn's claim)."""
        return [Merge(mapping_key(id), {"turn": op})]

    # -- a rename that changes the key itself --------------------------------------------------------------------

    def moving(self, link: Link, key: str) -> list[Operation]:
        """Before the backend call: the row learns its next key (to be committed with the rename's claim)."""
        return [Merge(mapping_key(link.id), {"next": key})]

    def unmoved(self, id: str) -> list[Operation]:
        """After a rename that was refused, by whoever has the turn: the row forgets the next key."""
        return [Merge(mapping_key(id), {"next": ""})]

    def unmoving(self, link: Link) -> list[Operation]:
        """After a rename that never took effect: the row forgets the next key, which may become somebody else's."""
        return self._rewrite(link, replace(link, next_key=""))

    async def moved(self, type: str, link: Link, key: str, *, guarded: bool = False) -> list[Operation]:
        """After it: the next key is the key, it leads to this id, and the key before leads nowhere until it is met.

        Whoever had the next key before is gone for good. One read, two where the key had been moved to before.
        `guarded` by whoever does not have the turn at this resource: `Conflict` when the row changed since it was read.
        """
        derived = derived_id(self._salt, type, key)
        mine: dict[str, Value] = {"native": key, "next": ""}
        rows: list[Operation] = [
            Merge(override_key(self._salt, key), {"id": link.id, "state": ""}),
            Merge(override_key(self._salt, link.key), {"id": "", "state": LEFT}),
        ]
        if derived == link.id:
            mine["current"] = link.id
        else:
            rows.append(Merge(mapping_key(derived), {"current": link.id}))
        rows += await self._ousted(type, link.id, key)
        self._note(type, link.key, replace(link, id="", state=LEFT))
        self._note(type, key, link)
        if guarded:
            values = {**replace(link, key=key, next_key="").values(), **mine}
            return [Replace(mapping_key(link.id), values, link.etag), *rows]
        return [Merge(mapping_key(link.id), mine), *rows]

    async def _ousted(self, type: str, id: str, key: str) -> list[Operation]:
        """The end of a link that a rename had led to this key: its account is not there, or the key were taken."""
        row = await self._row(type, derived_id(self._salt, type, key))
        if row is None or row.current in ("", row.id, id):
            return []
        owner = await self._row(type, row.current)
        ended = owner is not None and owner.key == key and owner.visible
        return self._rewrite(owner, replace(owner, kept={}, state="gone")) if owner and ended else []

    async def commit(self, type: str, rows: Iterable[Operation]) -> None:
        """Write rows that were prepared here. One write."""
        await self.store.commit(self.partition(type), list(rows))


def now() -> str:
    """This moment as a SCIM dateTime in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
