"""The identity map of one connection: which id stands for which native key, and what is kept beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from scim.identity.claims import Claim
from scim.identity.ids import derived_id, mapping_key, override_key
from scim.identity.links import Link, link_of
from scim.identity.moves import Moves
from scim.identity.rows import now
from scim.identity.store import (
    Conflict,
    Merge,
    Operation,
)


class IdentityMap(Moves):
    """Every change of a link. What it reads is in `scim/identity/sights.py`."""

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

    def turning(self, id: str, op: str) -> list[Operation]:
        """The mark of a turn on its row, or with an empty `op` its end (to be committed with the turn's claim)."""
        return [Merge(mapping_key(id), {"turn": op})]

    # -- for operators -------------------------------------------------------------------------------------------

    async def links(self, type: str) -> AsyncIterator[Link]:
        """Every link of a type, whatever its state, page by page."""
        async for row in self.store.scan(self.partition(type), "i."):
            link = link_of(row.key[2:], row)
            if link.key and self._stands(type, link):
                yield link
