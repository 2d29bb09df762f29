"""The state of one cybozu.com site."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from simulators.http import State
from simulators.kintone.records import Group, Record, User, new_fields
from simulators.kintone.switches import Switches

START = datetime(2026, 4, 1, 0, 33, 58, tzinfo=UTC)
EVERYONE = "7532782697181632513"
ADMINISTRATOR = "Administrator"
ADMINISTRATORS = "Administrators"


class Site(State[Switches]):
    """Users, groups, switches, faults and the log of requests. `login` and `password` are the gateway's own account's;
    `token` is an API token; `basic`, as `user:password`, is the site's Basic authentication."""

    kind = Switches

    def __init__(self, login: str = "scim.gateway", password: str = "s3cret", token: str = "", basic: str = "") -> None:
        self.login, self.password, self.token, self.basic = login, password, token, basic
        super().__init__()

    def reset(self) -> None:
        """Everything as at the start."""
        super().reset()
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.items = frozenset(("entraObjectId", "jobTitle", "costCenter"))
        self.errors = itertools.count(1)
        self._ids, self._clock = itertools.count(1), itertools.count()
        self._before: tuple[dict[str, User], dict[str, Group]] | None = None
        self.add({"code": ADMINISTRATOR, "name": ADMINISTRATOR}, "administrator's own")
        if self.login != ADMINISTRATOR:
            self.add({"code": self.login, "name": "SCIM gateway"}, self.password)
        self.groups[EVERYONE] = Group(EVERYONE, "everyone", "Everyone", None)
        administrators = self.add_group(ADMINISTRATORS, ADMINISTRATORS)
        for user in self.users.values():
            user.groups = [administrators.id]

    def now(self) -> str:
        """The next second."""
        return (START + timedelta(seconds=next(self._clock))).strftime("%Y-%m-%dT%H:%M:%SZ")

    # -- users -----------------------------------------------------------------------------------------------------

    def add(self, values: Record, password: str = "") -> User:
        """A new user."""
        now = self.now()
        user = User(str(next(self._ids)), now, now, new_fields(values), password)
        self.users[user.id] = user
        return user

    def by_code(self, code: Any) -> User | None:
        """The user with a login, whatever the case where the site says so."""
        return next((user for user in self.users.values() if self.same(user.code, code)), None)

    def rename(self, code: str, new: str) -> None:
        """Give a user another login."""
        user = self.by_code(code)
        if user is None:
            raise ValueError("There is no such user.")
        user.fields["code"] = new

    def same(self, one: str, other: Any) -> bool:
        """Whether two logins are one."""
        if not isinstance(other, str):
            return False
        return one == other if self.switches.code_case_sensitive else one.casefold() == other.casefold()

    def listed(self) -> list[User]:
        """The users that lists show, by id."""
        shown = self.switches.administrator_listed
        return sorted(
            (user for user in self.users.values() if shown or user.code != ADMINISTRATOR), key=lambda u: int(u.id)
        )

    # -- groups ----------------------------------------------------------------------------------------------------

    def add_group(self, code: str, name: str, description: str = "") -> Group:
        """A new group."""
        group = Group(str(next(self._ids)), code, name, description)
        self.groups[group.id] = group
        return group

    def listed_groups(self) -> list[Group]:
        """The groups that can be read, by id."""
        shown = self.switches.administrators_listed
        groups = (group for group in self.groups.values() if shown or group.code != ADMINISTRATORS)
        return sorted(groups, key=lambda group: int(group.id))

    def group(self, code: Any) -> Group | None:
        """The group with a code."""
        return next((group for group in self.groups.values() if group.code == code), None)

    def members(self, group: Group) -> list[User]:
        """Who is in a group; everybody is in `everyone`."""
        return [user for user in self.listed() if group.id in (*user.groups, EVERYONE)]

    def drop_group(self, group: Group) -> None:
        """Remove a group, from its members too."""
        del self.groups[group.id]
        for user in self.users.values():
            user.groups = [one for one in user.groups if one != group.id]

    # -- for faults ------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep the state before a write, for a stale read."""
        users = {id: user.copy() for id, user in self.users.items()}
        self._before = users, {id: replace(group) for id, group in self.groups.items()}

    @contextmanager
    def stale(self) -> Iterator[None]:
        """Show what stood before the last write."""
        now = self.users, self.groups
        if self._before is not None:
            self.users, self.groups = self._before
        try:
            yield
        finally:
            self.users, self.groups = now

    def state(self) -> Record:
        """Everything a test wants to see."""
        codes = {group.id: group.code for group in self.groups.values()}
        users = [
            user.shown("as_documented") | {"services": user.services, "groups": [codes[one] for one in user.groups]}
            for user in sorted(self.users.values(), key=lambda u: int(u.id))
        ]
        return {"users": users, "groups": [group.shown() for group in self.groups.values()]}
