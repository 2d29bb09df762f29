"""One company and its users."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from simulators.replicon.faults import Fault
from simulators.replicon.switches import Switches

START = {"year": 2026, "month": 1, "day": 1}


@dataclass
class User:
    """A user in Replicon's words."""

    uri: str
    loginName: str
    firstName: str = ""
    lastName: str = ""
    displayName: str | None = None
    emailAddress: str | None = None
    employeeId: str | None = None
    loginEnabled: bool = True
    ssoName: str | None = None
    timeZone: str | None = None
    startDate: dict[str, Any] | None = None
    endDate: dict[str, Any] | None = None
    password: str | None = field(default=None, repr=False)

    def shown(self, style: str) -> str:
        """The display text: Replicon's own form unless the company chose another one."""
        if style == "as_sent" and self.displayName:
            return self.displayName
        if style == "given_family":
            return f"{self.firstName} {self.lastName}".strip()
        return f"{self.lastName}, {self.firstName}"

    def document(self) -> dict[str, Any]:
        """The user for the control interface; a password never shows."""
        return {name: value for name, value in self.__dict__.items() if name != "password"}


class Company:
    """The state of one tenant. Not thread-safe: the server holds its lock."""

    def __init__(self, key: str, username: str, password: str) -> None:
        self.key, self.slug = key, key.lower()
        self.switches = Switches()
        self._administrator = (username, password)
        self.reset()

    def reset(self) -> None:
        """Everything as at the start: the administrator alone."""
        self.switches = Switches()
        self.users: dict[str, User] = {}
        self.replies: dict[str, Any] = {}
        self.tokens: dict[str, str] = {}
        self.batches: dict[str, list[str]] = {}
        self.faults: list[Fault] = []
        self.requests: list[dict[str, Any]] = []
        self._numbers = itertools.count(2)
        username, password = self._administrator
        self.add({"loginName": username, "firstName": "Scim", "lastName": "Gateway", "password": password})

    def add(self, values: dict[str, Any]) -> User:
        """A new user with the next number."""
        uri = f"urn:replicon-tenant:{self.slug}:user:{next(self._numbers)}"
        user = User(uri=uri, **{"startDate": dict(START), **values})
        self.users[uri] = user
        return user

    def same_login(self, one: str, other: str) -> bool:
        """Whether two logins are one to this company."""
        return one == other if self.switches.login_case_sensitive else one.casefold() == other.casefold()

    def by_login(self, login: str) -> User | None:
        """The user, enabled or not, with this login."""
        return next((user for user in self.users.values() if self.same_login(user.loginName, login)), None)

    def by_employee_id(self, number: str) -> User | None:
        """The user with this employee id."""
        return next((user for user in self.users.values() if user.employeeId == number), None)

    def sorted(self) -> Iterable[User]:
        """All users in a stable order."""
        return list(self.users.values())

    def token(self, unit_of_work: str, login: str) -> str:
        """An access token; the same unit of work gets the same one again."""
        token = hashlib.sha256(f"{self.key} {unit_of_work}".encode()).hexdigest()
        self.tokens[token] = login
        return token

    def state(self) -> dict[str, Any]:
        """What stands here, for the control interface."""
        users = [user.document() for user in self.users.values()]
        return {"users": users, "count": len(users), "enabled": sum(user["loginEnabled"] for user in users)}
