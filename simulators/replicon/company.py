"""One company, its users and what is remembered of its calls."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from simulators.http import State
from simulators.replicon.groups import Groups
from simulators.replicon.switches import Switches
from simulators.replicon.users import User

START = {"year": 2026, "month": 1, "day": 1}


class Company(State[Switches]):
    """The state of one tenant."""

    kind = Switches

    def __init__(self, key: str, username: str, password: str, swimlane: str = "na1") -> None:
        self.key, self.slug, self.swimlane = key, key.lower(), swimlane
        self._administrator = (username, password)
        super().__init__()

    def reset(self) -> None:
        """Everything as at the start: the administrator alone."""
        super().reset()
        self.groups = Groups(self.slug)
        self.users: dict[str, User] = {}
        self.previous: dict[str, User | None] = {}
        self.units: dict[str, Any] = {}
        self.tokens: dict[str, str] = {}
        self.batches: dict[str, list[str]] = {}
        self.numbers, self.seeded, self.correlations = itertools.count(2), itertools.count(1), itertools.count(1)
        username, password = self._administrator
        values = {"loginName": username, "firstName": "Scim", "lastName": "Gateway", "password": password}
        self.administrator = self.add({**values, "permissionSets": ("Administrator",)}).uri
        self.previous.clear()  # there was no call yet before which nobody was there

    def add(self, values: dict[str, Any]) -> User:
        """A new user with the next number."""
        uri = f"urn:replicon-tenant:{self.slug}:user:{next(self.numbers)}"
        return self._put(User(uri=uri, **{"startDate": dict(START), **values}))

    def change(self, user: User, **values: Any) -> User:
        """The user with other values."""
        return self._put(replace(user, **values))

    def remove(self, uri: str) -> None:
        """Take a user away; nothing happens when it is not there."""
        self.previous[uri] = self.users.pop(uri, None)

    def _put(self, user: User) -> User:
        self.previous.setdefault(user.uri, self.users.get(user.uri))
        self.users[user.uri] = user
        return user

    @contextmanager
    def stale(self) -> Iterator[None]:
        """The users as they stood before the last call that wrote."""
        now, before = self.users, {**self.users, **self.previous}
        self.users = {uri: user for uri, user in before.items() if user is not None}
        try:
            yield
        finally:
            self.users = now

    def by_login(self, login: str) -> User | None:
        """The user, enabled or not, with this login."""
        if self.switches.login_case_sensitive:
            return next((user for user in self.users.values() if user.loginName == login), None)
        folded = login.casefold()
        return next((user for user in self.users.values() if user.loginName.casefold() == folded), None)

    def by_employee_id(self, number: str) -> User | None:
        """The user with this employee id."""
        return next((user for user in self.users.values() if user.employeeId == number), None)

    def licensed(self, user: User | None) -> bool:
        """Whether there is a licence for a user who is to be enabled; who is enabled has one."""
        held = [one for one in self.users.values() if one.loginEnabled and one.uri != self.administrator]
        most = self.switches.licences
        return not most or len(held) < most or (user is not None and user.loginEnabled)

    def token(self, unit_of_work: str, uri: str) -> str:
        """An access token; the same unit of work gets the same one again, revoked or not."""
        token = hashlib.sha256(f"{self.key} {unit_of_work}".encode()).hexdigest()
        self.tokens.setdefault(token, uri)
        return token

    def revoke(self) -> None:
        """Make every access token useless that was issued so far."""
        self.tokens = dict.fromkeys(self.tokens, "")

    def state(self) -> dict[str, Any]:
        """What stands here, for the control interface."""
        users = [user.document() for user in self.users.values()]
        counts = {"count": len(users), "enabled": sum(user["loginEnabled"] for user in users)}
        tenant = {"company": self.key, "swimlane": self.swimlane, "administrator": self.administrator}
        return {"users": users, **counts, **tenant, "groups": self.groups.document()}
