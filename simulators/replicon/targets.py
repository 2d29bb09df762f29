"""How requests name a user, and how answers refer to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company, User
from simulators.replicon.faults import Refused

IDENTIFIERS = ("uri", "loginName", "employeeId")


def reference(company: Company, user: User) -> dict[str, Any]:
    """A user as others refer to it."""
    shown = user.shown(company.switches.display_name_style)
    return {"uri": user.uri, "displayText": shown, "loginName": user.loginName, "slug": user.loginName.split("@")[0]}


def find(company: Company, target: Any) -> User | None:
    """The user that a target names; exactly one identifier is allowed, even when two would agree."""
    if not isinstance(target, Mapping):
        raise Refused("Invalid UserTargetParameter. An object is expected.", "InvalidUserTargetParameterError1")
    given = {name: target[name] for name in IDENTIFIERS if target.get(name) not in (None, "")}
    if len(given) != 1 or not all(isinstance(value, str) for value in given.values()):
        text = "invalid target fields specified" if len(given) > 1 else "One of uri or loginName should be specified"
        raise Refused(f"Invalid UserTargetParameter. {text} in the target.", "InvalidUserTargetParameterError1")
    [(name, value)] = given.items()
    if name == "uri":
        return company.users.get(value)
    return company.by_login(value) if name == "loginName" else company.by_employee_id(value)
