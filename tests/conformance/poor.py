"""The poorest backend that can be written to: no filter, no order, no total, no version, no delta; two a page."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from adapters.directory.attributes import GROUP, USER
from scim_adapter import Adapter, Can, Change, Exists, Field, Gone, Native, New, NotFound, Page, Query, Resource

LACKING = ("groups", "meta.created", "meta.lastModified", "password")
PAGE = 2


class People(Resource):
    """Records in a dictionary, written as wholes; a create answers with the key alone."""

    type: ClassVar[str] = "User"
    name: ClassVar[str] = "login"
    key = "id"
    fields: Mapping[str, Field | str] = {
        path: field for path, field in USER.items() if path not in LACKING and not path.endswith("displayName")
    } | {"displayName": "display_name"}
    can = Can(partial=False)

    def __init__(self) -> None:
        self.records: dict[str, Native] = {}
        self._numbers = itertools.count(1)

    async def find(self, query: Query) -> Page:
        start = int(query.cursor or 0)
        records = list(self.records.values())
        more = str(start + PAGE) if start + PAGE < len(records) else None
        return Page(copy.deepcopy(records[start : start + PAGE]), more)

    async def create(self, new: New) -> str:
        self._demand_free(new.record, "")
        key = f"{self.name}-{next(self._numbers)}"
        self.records[key] = {"enabled": True, **copy.deepcopy(new.record), "id": key}
        return key

    async def update(self, change: Change) -> None:
        if change.key not in self.records:
            raise NotFound("There is no such record.")
        self._demand_free(change.after, change.key)
        self.records[change.key] = copy.deepcopy(change.after)

    async def delete(self, gone: Gone) -> None:
        if self.records.pop(gone.key, None) is None:
            raise NotFound("There is no such record.")

    def _demand_free(self, record: Native, key: str) -> None:
        wanted = str(record[self.name]).casefold()
        if any(str(one[self.name]).casefold() == wanted for other, one in self.records.items() if other != key):
            raise Exists(field=self.name)


class Teams(People):
    """The same for groups, whose members are part of each record."""

    type: ClassVar[str] = "Group"
    name: ClassVar[str] = "name"
    fields: Mapping[str, Field | str] = {
        "displayName": GROUP["displayName"],
        "externalId": GROUP["externalId"],
        "members": Field("members", many=True, ref="User|Group"),
    }


class NoSettings(BaseModel):
    """There is nothing to set."""


class PoorAdapter(Adapter[NoSettings]):
    """One backend of this kind."""

    Settings = NoSettings

    def __init__(self, settings: NoSettings) -> None:
        super().__init__(settings)
        self._resources: list[Resource] = [People(), Teams()]

    def resources(self) -> Sequence[Resource]:
        return self._resources

    async def check(self) -> None:
        return


def document(adapter: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with one connection."""
    connection = {"adapter": adapter, "token": {"env": "TOKEN"}, "on_delete": "delete", "settings": dict(settings)}
    return {"gateway": {"store": "memory:", "public_url": "https://g.example"}, "connections": {"acme": connection}}
