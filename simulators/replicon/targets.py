"""How requests name a user, and how answers refer to one (section 3 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import missing, untargeted
from simulators.replicon.users import User

IDENTIFIERS = ("uri", "loginName", "employeeId")
NOBODY = "Invalid UserTargetParameter. The user does not exist."


def reference(company: Company, user: User) -> dict[str, Any]:
    """A user as others refer to it."""
    shown = user.shown(company.switches.display_name_style)
    return {"uri": user.uri, "displayText": shown, "loginName": user.loginName, "slug": user.slug}


def find(company: Company, target: Any) -> User | None:
    """The user that a target names; exactly one identifier is allowed, even when two would agree."""
    if not isinstance(target, Mapping):
        raise untargeted("Invalid UserTargetParameter. An object is expected.")
    given = {name: target[name] for name in IDENTIFIERS if target.get(name) not in (None, "")}
    if len(given) > 1:
        raise untargeted("invalid target fields specified", target)
    if not given or not all(isinstance(value, str) for value in given.values()):
        text = "Invalid UserTargetParameter. One of uri or loginName should be specified in the target."
        raise untargeted(text, target)
    [(name, value)] = given.items()
    if name == "uri":
        return company.users.get(value)
    return company.by_login(value) if name == "loginName" else company.by_employee_id(value)


def found(company: Company, target: Any) -> User:
    """The same, and nobody is an error."""
    user = find(company, target)
    if user is None:
        raise untargeted(NOBODY, target)
    return user


def by_uri(company: Company, body: Mapping[str, Any], name: str = "userUri") -> User:
    """The user whose uri a member of the body is."""
    uri = body.get(name)
    if not isinstance(uri, str) or not uri:
        raise missing(name)
    return found(company, {"uri": uri})
