"""Members of groups that come and go one by one: additions and removals pass through as PATCH."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scim_adapter.contract import Ask, Delta, Get
from scim_adapter.errors import Exists, Invalid, Stale
from scim_adapter.scim_backend import writing
from scim_adapter.scim_backend.place import Json
from scim_adapter.scim_backend.records import Records
from scim_adapter.scim_backend.table import Slot


class Amendable(Records):
    """Groups whose server patches member lists.

    Calls: 1 for each `batch` members. A server that refuses to add who is there or to remove who is gone costs two
    more: one to read the group, one for what is left to do.
    """

    async def amend(self, delta: Delta) -> None:
        """Add and remove members by key; either may be so already."""
        changes = [*((key, True) for key in delta.added), *((key, False) for key in delta.removed)]
        size = self.profile.members.batch
        for start in range(0, len(changes), size):
            part = changes[start : start + size]
            added, removed = [k for k, add in part if add], [k for k, add in part if not add]
            try:
                await self._patch(delta.key, added, removed, delta.ask)
            except (Exists, Invalid, Stale):
                await self._once_more(delta.key, added, removed, delta.ask)

    async def _once_more(self, key: str, added: list[str], removed: list[str], ask: Ask) -> None:
        """After a refusal: what is left to do, if that is less than what was refused."""
        record = await self.get(Get(key, ask=ask))
        held = {member["value"] for member in record[self._members.native] or ()}
        missing, present = [k for k in added if k not in held], [k for k in removed if k in held]
        if (missing, present) == (added, removed):
            raise Invalid("The backend refuses these members.", field=self._members.native)
        await self._patch(key, missing, present, ask)

    async def _patch(self, key: str, added: Sequence[str], removed: Sequence[str], ask: Ask) -> None:
        operations = [*self._removals(removed), *self._additions(added)]
        if operations:
            message = writing.message(operations)
            await self.calls.send("amend", "PATCH", self.path(key), ask, json=message)

    @property
    def _members(self) -> Slot:
        return next(slot for slot in self.table.slots if slot.attribute == "members")

    def _removals(self, keys: Sequence[str]) -> list[Json]:
        path = self._members.place.top
        if self.profile.members.remove == "filter":
            return [{"op": "remove", "path": f"{path}[value eq {json.dumps(key)}]"} for key in keys]
        return [{"op": "remove", "path": path, "value": [{"value": key} for key in keys]}] if keys else []

    def _additions(self, keys: Sequence[str]) -> list[Json]:
        path = self._members.place.top
        return [{"op": "add", "path": path, "value": [{"value": key} for key in keys]}] if keys else []
