"""Sight of native records: the id that each has, for answers about one resource and for lists.

Every id that leaves the gateway has a row first. The first sight of a record merges the native key only, so it cannot
un-hide or un-delete. Exceptions to the derived id stand twice: on the row of the derived id, for answers about one
resource, and as an override row, for lists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from scim.identity.ids import derived_id, index_prefix, mapping_key, override_key
from scim.identity.links import Link, index_keys, link_of
from scim.identity.overrides import LEFT, Overrides
from scim.identity.rows import Rows, now
from scim.identity.store import TRANSACTION_LIMIT, Conflict, Insert, Merge, Operation, Store
from scim.together import together

SEEN_LIMIT = 200_000


class Sights(Rows):
    """The links of ids, and the ids of native keys."""

    def __init__(self, store: Store, name: str, owner: str, lease: float = 90.0) -> None:
        super().__init__(store, name, owner, lease)
        self._overrides: dict[str, Overrides] = {}
        self._seen: dict[str, set[str]] = {}

    def _override(self, type: str, key: str) -> Link | None:
        overrides = self._overrides.get(type)
        return overrides.get(override_key(self._salt, key)) if overrides else None

    def _note(self, type: str, key: str, link: Link) -> None:
        """Let this process's lists know an override at once that it has just written."""
        if type in self._overrides:
            self._overrides[type].note(override_key(self._salt, key), link)

    # -- one resource: always reads its row ---------------------------------------------------------------------

    async def link(self, type: str, id: str) -> Link | None:
        """The visible link of an id, or None. One read."""
        link = await self.read(type, id)
        return link if link and link.visible else None

    async def visible(self, type: str, ids: Sequence[str]) -> dict[str, Link]:
        """The visible links of ids. One read for each, 16 at a time; one scan of those that stand together for many."""
        met = {link.id: link async for link in self._many(type, ids)}

        async def one(id: str) -> Link | None:
            link = met.get(id) or await self._row(type, id)
            return link if link and self._meant(type, link) and link.visible else None

        return {link.id: link for link in await together(one, ids) if link}

    async def read(self, type: str, id: str) -> Link | None:
        """The link of an id, visible or not, or None. One read."""
        link = await self._row(type, id)
        return link if link and self._meant(type, link) else None

    def _meant(self, type: str, link: Link) -> bool:
        return bool(link.key) and self._stands(type, link)

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
        if owner is None or owner.key != key:
            return None
        if row and owner.id != row.id:
            self._note(type, key, owner)
        return owner

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
        await self._overrides.setdefault(type, Overrides()).refresh(self.store, self.partition(type))

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
        return self._overrides[type].hide

    async def _first_sight(self, type: str, ids: Mapping[str, str]) -> None:
        seen = self._seen.setdefault(type, set())
        fresh = [id for id in ids if id not in seen]
        if known := {link.id async for link in self._many(type, fresh)}:
            _add(seen, known)
            fresh = [id for id in fresh if id not in known]
        for start in range(0, len(fresh), TRANSACTION_LIMIT):
            batch = fresh[start : start + TRANSACTION_LIMIT]
            rows = [Merge(mapping_key(id), {"first": ids[id]}) for id in batch]
            await self.store.commit(self.partition(type), rows)
            _add(seen, batch)

    async def kept(self, type: str, ids: Sequence[str], *, whole: bool = False) -> Mapping[str, Link]:
        """The links of a page, for what is kept in them: point reads 16 at a time, or the partition once."""
        if whole:
            rows = {row.key[2:]: row async for row in self.store.scan(self.partition(type), "i.")}
            return {id: link_of(id, rows[id]) for id in ids if id in rows}
        return {link.id: link for link in await together(partial(self.read, type), ids) if link}

    async def with_kept(self, type: str, attribute: str, value: str) -> list[Link]:
        """The visible links that keep this value, whatever its case. One read, and one for each."""
        prefix = index_prefix(self._salt, attribute, value)
        ids = [row.key.removeprefix(prefix) async for row in self.store.scan(self.partition(type), prefix)]
        links = await self.kept(type, ids)
        folded = value.casefold()
        return [link for link in links.values() if link.visible and str(link.kept.get(attribute)).casefold() == folded]


def _add(seen: set[str], ids: Collection[str]) -> None:
    if len(seen) + len(ids) > SEEN_LIMIT:
        seen.clear()
    seen.update(ids)
