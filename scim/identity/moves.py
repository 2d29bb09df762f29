"""Renames that change the native key itself: the id stays, and the map follows."""

from __future__ import annotations

from dataclasses import replace

from scim.identity.ids import derived_id, mapping_key, override_key
from scim.identity.links import Link
from scim.identity.overrides import LEFT
from scim.identity.sights import Sights
from scim.identity.store import (
    Merge,
    Operation,
    Replace,
    Value,
)


class Moves(Sights):
    """The rows of a rename, before and after the backend's call."""

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

    async def relink(self, type: str, link: Link, key: str) -> None:
        """Let an id lead to another native key; the id that this key had before leads nowhere then. One write."""
        await self.commit(type, await self.moved(type, link, key))
