"""Who is in a group. Kintone writes all groups of one user at a time: read, merge, write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from scim_adapter import Ask, Invalid, Native

from .api import WRITES_AT_ONCE, Api

EVERYONE = "everyone"
"""The built-in group of all users, which nobody joins or leaves."""
ADMINISTRATORS = "Administrators"
"""The built-in group of who may change users. Without it the gateway's own account could change nobody any more."""
Logins = Mapping[str, str]
"""Logins by users' ids."""
NAMED = 10
"""So many unknown members are named in a message."""


class Membership:
    """The members of the groups of one site."""

    def __init__(self, api: Api, own: str) -> None:
        self.api, self._own = api, own.casefold()

    async def members(self, group: str, ask: Ask) -> list[Native]:
        """Who is in the group with this code."""
        users = self.api.all("group/users", {"code": group}, ask)
        return [
            {"value": str(user["id"]), "type": "User", "display": user.get("name")}
            async for user in users
            if user.get("id")
        ]

    async def groups(self, users: Sequence[str], ask: Ask) -> list[Native]:
        """The groups that any of the users with these ids is in; they may be disabled. Two calls for one user."""
        found: dict[str, Native] = {}
        for login in (await self.logins(users, ask, strangers=True)).values():
            found |= {str(one.get("id")): one for one in await self._held(login, ask)}
        return list(found.values())

    async def logins(self, ids: Sequence[str], ask: Ask, *, strangers: bool = False) -> dict[str, str]:
        """The logins of users, 100 a call; `Invalid` names who is unknown, unless `strangers` leaves them out."""
        found = await self.api.having("users", "ids", ids, ask)
        known = {str(user["id"]): str(user["code"]) for user in found if user.get("id") and user.get("code")}
        unknown = [id for id in ids if id not in known]
        if unknown and not strangers:
            more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
            raise Invalid(f"Kintone has no user with the id {', '.join(unknown[:NAMED])}{more}.", field="members")
        return {id: known[id] for id in ids if id in known}

    async def change(self, group: str, added: Logins, removed: Logins, ask: Ask) -> None:
        """Put users into the group with this code, and take others out. Two calls for each who is not so already, else
        one. `NotFound` when the group or one of them has another code by now, or is gone; `Invalid` where the gateway's
        own account would leave the administrators."""
        if group == ADMINISTRATORS and self._own in map(str.casefold, removed.values()):
            raise Invalid("The gateway's own account stays among the administrators.", field="members")
        steps = iter([*((one, True) for one in added.items()), *((one, False) for one in removed.items())])
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(WRITES_AT_ONCE):
                    tasks.create_task(self._work(group, steps, ask))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _work(self, group: str, steps: Iterator[tuple[tuple[str, str], bool]], ask: Ask) -> None:
        for (id, login), joins in steps:
            async with ask.alone("User", id):  # who changes another group writes the same list of this user
                await self._step(group, login, ask, joins=joins)

    async def _step(self, group: str, login: str, ask: Ask, *, joins: bool) -> None:
        held = [str(one.get("code")) for one in await self._held(login, ask)]
        if (group in held) == joins:
            return
        wanted = [*held, group] if joins else [one for one in held if one != group]
        await self.api.write("PUT", "user/groups", {"code": login, "groups": wanted}, ask)

    async def _held(self, login: str, ask: Ask) -> list[Native]:
        found = await self.api.read("user/groups", {"code": login}, ask)
        return [one for one in found if one.get("code") != EVERYONE]


def keys(members: object) -> Mapping[str, None]:
    """The ids in a list of members, once each."""
    found = members if isinstance(members, list) else []
    return dict.fromkeys(str(one["value"] if isinstance(one, dict) else one) for one in found)
