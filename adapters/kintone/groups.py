"""The groups of a cybozu.com site, without the built-in `everyone`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from scim_adapter import (
    AdapterError,
    Ask,
    Can,
    Change,
    Delta,
    Denied,
    Exists,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Unavailable,
)

from .api import Api
from .logins import Codes, findable, moved
from .membership import ADMINISTRATORS, EVERYONE, Logins, Membership, keys
from .table import GROUPS

MEMBERS = "members"
LONGEST = 128


class Groups(Resource):
    """Groups, which have users for members."""

    type: ClassVar[str] = "Group"
    key = "id"
    fields = GROUPS
    can = Can(filter={MEMBERS: frozenset({"eq"})})

    def __init__(self, api: Api, membership: Membership) -> None:
        self.api, self._membership = api, membership
        self._codes = Codes(api, "groups")

    async def find(self, query: Query) -> Page:
        """A page of all groups, without members; never an empty one before the end. Those of one member at once."""
        if members := query.values(MEMBERS):
            rows = await self._membership.groups([str(one) for one in members], query.ask)
            return Page([self._record(row) for row in rows if row.get("id")])
        page = await self.api.page("groups", query)
        records = [self._record(row) for row in page.records if row.get("id") and row.get("code") != EVERYONE]
        if records or page.next is None:
            return Page(records, next=page.next)
        return await self.find(Query(cursor=page.next, limit=query.limit, ask=query.ask))

    def _record(self, row: Native) -> Native:
        return {**row, "id": str(row.get("id"))}

    async def get(self, get: Get) -> Native:
        """The group with this id; its members are read only when they are asked for."""
        found = self._record(await self._codes.record(get.key, get.ask))
        if found["code"] == EVERYONE:
            raise NotFound("The group of all users is not offered.")
        if get.fields is None or MEMBERS in get.fields:
            found[MEMBERS] = await self._membership.members(str(found["code"]), get.ask)
        return found

    async def create(self, new: New) -> str:
        """A new group with its members."""
        name = findable(str(new.record["name"]), "name")
        logins = await self._membership.logins(list(keys(new.record.get(MEMBERS))), new.ask)
        code = await self._make(name, name, new.ask)
        if code is None:
            code = await self._make(f"{name[: LONGEST - 9]}-{new.ask.op[:8]}", name, new.ask)
        if code is None:
            raise Exists("Kintone has a group of this name.", field="name")
        key = await self._made(code, new.ask)
        await self._fill(code, logins, new.ask)
        return key

    async def _fill(self, code: str, logins: Logins, ask: Ask) -> None:
        """The members of a new group. A refusal here does not undo the create."""
        try:
            await self._membership.change(code, logins, {}, ask)
        except (Denied, Unavailable):
            raise
        except AdapterError as error:
            raise Unavailable("Kintone created the group and then refused a member.") from error

    async def _make(self, code: str, name: str, ask: Ask) -> str | None:
        """Create a group under a code and answer with it; None when another group has the code, by an older name."""
        try:
            content = {"groups": [{"code": code, "name": name}]}
            await self.api.write("POST", "groups", content, ask, repeatable=False)
        except Exists:
            if await self._named(code, name, ask):
                raise Exists("Kintone has a group of this name.", field="name") from None
            return None
        except Invalid as error:  # of the code, perhaps; clients know the name
            raise Invalid(error.message, field="name") from None
        return code

    async def _named(self, code: str, name: str, ask: Ask) -> bool:
        return any(row.get("name") == name for row in await self.api.having("groups", "codes", [code], ask))

    async def _made(self, code: str, ask: Ask) -> str:
        for row in await self.api.having("groups", "codes", [code], ask):
            if row.get("code") == code and row.get("id"):
                self._codes.remember(str(row["id"]), code)
                return str(row["id"])
        raise Unavailable("Kintone does not show the group yet that it has made.")

    async def update(self, change: Change) -> None:
        """Another name, or other members. The code stays: what refers to the group by it goes on working."""
        code = await self._code(change.key, change.ask)
        if change.set.get("name"):
            await self._rename(change, code)
        if MEMBERS in change.set:
            wanted = keys(change.set[MEMBERS])
            held = keys(await self._membership.members(code, change.ask))
            added, removed = [id for id in wanted if id not in held], [id for id in held if id not in wanted]
            await self._amend(code, added, removed, change.ask)

    async def _rename(self, change: Change, code: str) -> None:
        try:
            content = {"groups": [{"code": code, "name": change.set["name"]}]}
            await self.api.write("PUT", "groups", content, change.ask)
        except NotFound:
            raise moved() from None

    async def amend(self, delta: Delta) -> None:
        """Add and remove members, who may be in the group already or be gone from it."""
        await self._amend(await self._code(delta.key, delta.ask), delta.added, delta.removed, delta.ask)

    async def _amend(self, code: str, added: Sequence[str], removed: Sequence[str], ask: Ask) -> None:
        joining = await self._membership.logins(added, ask)
        leaving = await self._membership.logins(removed, ask, strangers=True)
        await self._membership.change(code, joining, leaving, ask)

    async def delete(self, gone: Gone) -> None:
        """Remove a group for good; its members stay."""
        code = await self._code(gone.key, gone.ask)
        if code == ADMINISTRATORS:
            raise Invalid("The group of the administrators stays: the gateway's own account is in it.")
        try:
            await self.api.write("DELETE", "groups", {"codes": [code]}, gone.ask)
        except NotFound:
            raise moved() from None
        self._codes.forget(gone.key)

    async def _code(self, key: str, ask: Ask) -> str:
        code = await self._codes.of(key, ask)
        if code == EVERYONE:
            raise NotFound("The group of all users is not offered.")
        return code
