"""A user of Replicon, flat, in the vendor's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Date = dict[str, int]


@dataclass(frozen=True)
class User:
    """A user as it stands. Frozen: a change puts a new one in its place, so that a stale read can show the old one."""

    uri: str
    loginName: str
    firstName: str = ""
    lastName: str = ""
    displayName: str | None = None
    emailAddress: str | None = None
    employeeId: str | None = None
    loginEnabled: bool = True
    ssoName: str | None = None
    forcePasswordChange: bool = False
    authenticationProviders: tuple[str, ...] = ()
    timeZone: str | None = None
    workWeekStartDay: str | None = None
    startDate: Date | None = None
    endDate: Date | None = None
    supervisor: str | None = None
    department: str | None = None
    location: str | None = None
    costCenter: str | None = None
    employeeType: str | None = None
    division: str | None = None
    serviceCenter: str | None = None
    permissionSets: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    customFields: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)

    @property
    def slug(self) -> str:
        """The login as a part of an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.loginName.split("@", maxsplit=1)[0].lower()).strip("-")

    def shown(self, style: str) -> str:
        """The display text: Replicon's own form unless the company chose another one (section 3 of the page)."""
        if style == "as_sent" and self.displayName:
            return self.displayName
        if style == "given_family":
            return f"{self.firstName} {self.lastName}".strip()
        return f"{self.lastName}, {self.firstName}"

    def document(self) -> dict[str, Any]:
        """The user for the control interface; a password never shows."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "password"}


FIELDS = tuple(one.name for one in fields(User) if one.name != "uri")
"""What can be seeded, edited and silently ignored."""
