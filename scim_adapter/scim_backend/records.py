"""The resources of a SCIM server, as the gateway's contract wants them.

Calls: find 1 for each value that is asked for (1 in all where a filter takes `or`); get, create, update,
delete 1. An update whose values the backend shows already costs none; where a new resource's `active` is ignored, is
not answered with, or a disabled one may be deleted by the server and was not answered with, one more. The first search
or PATCH that the server turns out not to have costs one more, too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from scim_adapter.contract import Ask, Can, Change, Condition, Get, Gone, Native, New, Page, Query
from scim_adapter.errors import NotFound, Unavailable, Unsupported
from scim_adapter.resource import Resource
from scim_adapter.scim_backend import writing
from scim_adapter.scim_backend.answers import Unsearchable
from scim_adapter.scim_backend.calls import Calls
from scim_adapter.scim_backend.place import Json
from scim_adapter.scim_backend.profile import Kind
from scim_adapter.scim_backend.table import RESOURCE, VERSION, Table

log = logging.getLogger(__name__)


class Records(Resource):
    """One resource type of one server. `create`, `update` and the reading are here; what a server may lack is not."""

    key = "id"

    def __init__(self, kind: Kind, calls: Calls, own_account: str = "") -> None:
        self.calls, self.profile, self.kind, self.own_account = calls, calls.profile, kind, own_account
        self.table = Table(kind, self.profile)
        self._unsearchable: set[str] = set()
        self._whole = False
        self.fields = self.table.fields
        self.can = Can(
            filter=self.table.filters,
            offset=self.profile.paging == "index",
            version=VERSION if self.profile.etags else None,
        )

    # -- reading ----------------------------------------------------------------------------------------------------

    async def find(self, query: Query) -> Page:
        """One page: of the whole list, or of those that have one of the values of the first condition."""
        condition = next((one for one in query.where if self._searchable(one)), None)
        if condition is None:
            return await self._page({}, query)
        try:
            return await self._found(condition, query)
        except Unsearchable:
            if condition.field not in self.table.tried:
                raise
            log.warning("The backend does not search by %s; all are listed instead.", condition.field)
            self._unsearchable.add(condition.field)
            return await self.find(query)

    def _searchable(self, condition: Condition) -> bool:
        return condition.field in self.table.filters.keys() - self._unsearchable and condition.op == "eq"

    async def _found(self, condition: Condition, query: Query) -> Page:
        filters = self._filters(condition)
        if len(filters) == 1:
            return await self._page({"filter": filters[0]}, query)
        found: dict[str, Native] = {}
        for filter in filters:
            found |= {record["id"]: record for record in await self._all({"filter": filter}, query)}
        records = list(found.values())
        return Page(records[query.offset :], total=len(records)) if self.can.offset else Page(records)

    def _filters(self, condition: Condition) -> list[str]:
        path = self.table.filter_path(condition.field)
        terms = [f"{path} eq {json.dumps(value, ensure_ascii=False)}" for value in dict.fromkeys(condition.values)]
        return [" or ".join(terms)] if self.profile.either else terms

    async def _all(self, params: dict[str, str], query: Query) -> list[Native]:
        found: dict[str, Native] = {}
        cursor: str | None = None
        while True:
            page = await self._page(params, Query(offset=len(found), cursor=cursor, limit=query.limit, ask=query.ask))
            fresh = [record for record in page.records if record["id"] not in found]
            found |= {record["id"]: record for record in fresh}
            cursor = page.next
            if not fresh or (cursor is None and len(found) >= (page.total or 0)):
                return list(found.values())

    async def _page(self, params: dict[str, str], query: Query) -> Page:
        start = query.offset + 1 if query.cursor is None else int(query.cursor)
        if self.profile.paging != "none":
            count = str(max(1, min(query.limit, self.profile.page_size)))
            params = {**params, "startIndex": str(start), "count": count}
        if self.kind.type == "Group":
            params = {**params, "excludedAttributes": "members"}
        try:
            answer = await self.calls.send("find", "GET", self.kind.endpoint, query.ask, params=params)
        except NotFound:
            return Page(total=0)
        return self._listed(answer, start)

    def _listed(self, answer: Any, start: int) -> Page:
        total = answer.get("totalResults") if isinstance(answer, dict) else None
        resources = (answer.get("Resources") or []) if isinstance(answer, dict) else None
        if not isinstance(resources, list) or not isinstance(total, int | str) or not str(total).isdecimal():
            raise Unavailable("The backend answered with something that is no list of resources.")
        records = [self.table.record(one) for one in resources if self.table.usable(one)]
        if self.profile.paging == "until-empty":
            return Page(records, next=str(start + len(resources)) if resources else None)
        return Page(records, total=int(total) if self.can.offset else None)

    async def get(self, get: Get) -> Native:
        """The resource with this id; without its members where nobody asks for them."""
        spared = self.kind.type == "Group" and get.fields is not None and "members" not in get.fields
        params = {"excludedAttributes": "members"} if spared else None
        return self.table.record(await self.calls.send("get", "GET", self.path(get.key), get.ask, params=params))

    def path(self, key: str) -> str:
        """The address of a resource; `NotFound` for what cannot be an id of this backend."""
        pattern = self.profile.id_pattern
        if key.strip(".") == "" or (pattern is not None and not pattern.fullmatch(key)):
            raise NotFound("The backend has no ids of this form.")
        return f"{self.kind.endpoint}/{quote(key, safe='')}"

    # -- writing ----------------------------------------------------------------------------------------------------

    async def create(self, new: New) -> Native | str:
        """Create a resource; a server that ignores `active` then is told so by a second call."""
        body, unique = self.table.resource(new.record), self.table.unique(new.record)
        try:
            answer = await self.calls.send("create", "POST", self.kind.endpoint, new.ask, json=body, unique=unique)
        except Unavailable as error:
            error.unsent = error.throttled  # a POST is only sent again where it had no effect
            raise
        told = isinstance(answer, dict) and answer.get("id") not in (None, "")
        record = self.table.record(answer) if told else await self._made(new)
        if new.record.get("active") is False and self.profile.active.on_create == "ignored":
            await self._write(record["id"], record[RESOURCE], {"active": False}, new.ask)
            return str(record["id"])
        return record

    async def _made(self, new: New) -> Native:
        """A new resource that the server did not answer with, by the values that nobody else has."""
        for native in (one for one in self.table.unique(new.record) if one in self.table.filters):
            where = (Condition(native, "eq", (new.record[native],)),)
            for record in (await self.find(Query(where, limit=self.profile.page_size, ask=new.ask))).records:
                if str(record[native]).casefold() == str(new.record[native]).casefold():
                    return record
        raise Unavailable("The backend created somebody and does not say whom.")

    async def update(self, change: Change) -> Native | None:
        """Write what differs, in the way that the profile names."""
        values = {
            native: value
            for native, value in change.set.items()
            if native not in change.before or not self.table.alike(native, value, change.before[native])
        }
        if change.fresh and self.profile.active.on_create == "ignored" and change.after.get("active") is False:
            values["active"] = False
        if not values:
            return change.before if RESOURCE in change.before else None
        resource = change.before.get(RESOURCE) or await self._resource(change.key, change.ask)
        if values.get("active") is False and self.profile.active.on_disable == "deleted":
            return await self._disabled(change, resource, values)
        answer = await self._write(change.key, resource, values, change.ask, change.before.get(VERSION))
        return self.table.record(answer) if answer is not None else None

    async def _resource(self, key: str, ask: Ask) -> Json:
        resource: Json = (await self.get(Get(key, ask=ask)))[RESOURCE]
        return resource

    async def _write(self, key: str, resource: Json, values: Native, ask: Ask, version: str | None = None) -> Any:
        path = self.path(key)
        unique: Sequence[str] = self.table.unique(values)
        if self._patched(values):
            body = writing.message(writing.operations(self.table, resource, values))
            try:
                return await self.calls.send("update", "PATCH", path, ask, json=body, version=version, unique=unique)
            except Unsupported:
                if self.profile.update != "patch-or-put":
                    raise
                log.warning("The backend takes no PATCH of a %s; from now on the whole is sent.", self.type)
                self._whole = True
        body = writing.whole(self.table, resource, values)
        return await self.calls.send("update", "PUT", path, ask, json=body, version=version, unique=unique)

    def _patched(self, values: Native) -> bool:
        """Whether a change goes by PATCH."""
        how = self.profile.update
        if how == "simple-patch":
            return writing.simple(self.table, values)
        return how != "put" and not self._whole

    def own(self, record: Native) -> bool:
        """Whether this is the account by which the gateway signs in."""
        return bool(self.own_account) and str(record.get("userName")).casefold() == self.own_account.casefold()

    async def _disabled(self, change: Change, resource: Json, values: Native) -> Native:
        """A disabled resource of a server that may delete it: what we know, when it is not there any more.

        It may be gone before the answer: the call that was not answered is repeated.
        """
        try:
            answer = await self._write(change.key, resource, values, change.ask, change.before.get(VERSION))
            return await self.get(Get(change.key, ask=change.ask)) if answer is None else self.table.record(answer)
        except NotFound:
            return change.after


class Deletable(Records):
    """Resources that the server deletes."""

    async def delete(self, gone: Gone) -> None:
        """Delete a resource for good."""
        version = gone.before.get(VERSION)
        await self.calls.send("delete", "DELETE", self.path(gone.key), gone.ask, version=version)
