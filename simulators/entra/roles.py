"""The app roles of a person in the three forms of Learn's "Provisioning a role to a SCIM app".

`SingleAppRoleAssignment` gives a text for `roles[primary eq "True"].value`. The two complex ones give `roles` whole:
objects at creation; in a PATCH without the flag `AppRoleAssignmentsComplex` adds each role as JSON text, and
`AssertiveAppRoleAssignmentsComplex` replaces them all. With the flag a PATCH has the objects of the creation.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SINGLE = "SingleAppRoleAssignment([appRoleAssignments])"
COMPLEX = "AppRoleAssignmentsComplex([appRoleAssignments])"
ASSERTIVE = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"
FORMS = {
    "single": ('roles[primary eq "True"].value', SINGLE),
    "complex": ("roles", COMPLEX),
    "assertive": ("roles", ASSERTIVE),
}
"""Short names of the forms: target attribute and source expression."""

_TYPE = "WindowsAzureActiveDirectoryRole"


@dataclass(frozen=True, slots=True)
class Roles:
    """What Entra wants in `roles`."""

    names: tuple[str, ...]
    assertive: bool

    def created(self) -> list[dict[str, Any]]:
        """In Microsoft's samples the name of a role is `display` in the one form and `displayName` in the other."""
        label = "display" if self.assertive else "displayName"
        return [{"primary": False, "type": _TYPE, label: name, "value": name} for name in self.names]

    def missing_from(self, answered: Any) -> Roles:
        """Those that have to be written; a role that the target kept as the JSON text it was sent counts as there."""
        there = {_value(entry) for entry in _objects(answered)}
        return Roles(tuple(name for name in self.names if name not in there), self.assertive)

    def settled(self, answered: Any) -> bool:
        more = {_value(entry) for entry in _objects(answered)} - set(self.names)
        return not self.missing_from(answered).names and not (self.assertive and more)

    def operation(self, *, flag: bool) -> dict[str, Any]:
        if self.assertive:
            return {"op": "replace", "path": "roles", "value": self.created()}
        if flag:
            return {"op": "add", "path": "roles", "value": self.created()}
        return {"op": "Add", "path": "roles", "value": [{"value": _text(name)} for name in self.names]}


def _text(name: str) -> str:
    role = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"entra/role/{name}")), "value": name, "displayName": name}
    return json.dumps(role, ensure_ascii=False, separators=(",", ":"))


def _objects(answered: Any) -> Iterable[dict[str, Any]]:
    return (entry for entry in answered if isinstance(entry, dict)) if isinstance(answered, list) else ()


def _value(entry: dict[str, Any]) -> Any:
    value = entry.get("value")
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return value
    return found.get("value") if isinstance(found, dict) else value
