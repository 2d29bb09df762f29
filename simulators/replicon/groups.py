"""What a user refers to by name or uri: groups, permission sets, products and custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind: the word in its uris and columns, who exists at the start, and the schedule that writes it."""

    word: str
    names: tuple[str, ...]
    schedule: str = ""


DEPARTMENTS = (
    *("Sales", "Engineering", "Finance", "Executive", "Human Resources", "Legal", "Operations"),
    *("R&D", "Customer Care", "Forschung & Entwicklung", "Qualité", "50% Taskforce"),
    *("Emergency", "Logistics"),
)
"""Those of the sample company and of the people whom the Entra and Okta simulators invent."""
KINDS = {
    "department": Kind("department-group", DEPARTMENTS, "departmentGroupSchedule"),
    "location": Kind("location", ("Tokyo", "Osaka"), "locationSchedule"),
    "costCenter": Kind("cost-center", ("CC-100", "CC-200"), "costCenterSchedule"),
    "employeeType": Kind("employee-type", ("Full-time", "Part-time"), "employeeTypeGroupSchedule"),
    "division": Kind("division", ("Consulting",), "divisionSchedule"),
    "serviceCenter": Kind("service-center", ("Support",), "serviceCenterSchedule"),
    "permissionSets": Kind("permission-set", ("User", "Supervisor", "Administrator")),
    "products": Kind("product", ("timesheet", "expense")),
    "customFields": Kind("user-custom-field", ("EntraObjectId", "Title")),
}
"""By the user's field."""


class Groups:
    """What exists in one company."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._known: dict[str, list[str]] = {field: list(kind.names) for field, kind in KINDS.items()}

    def add(self, field: str, names: list[str]) -> None:
        """Make some more; who exists already stays."""
        self._known[field] += [name for name in dict.fromkeys(names) if name not in self._known[field]]

    def names(self, field: str) -> tuple[str, ...]:
        """All of a kind, in the order of their uris."""
        return tuple(self._known[field])

    def uri(self, field: str, name: str) -> str:
        """The uri: products belong to the vendor, everything else to the company."""
        if field == "products":
            return f"urn:replicon:product:{name}"
        return f"urn:replicon-tenant:{self._slug}:{KINDS[field].word}:{self._known[field].index(name) + 1}"

    def reference(self, field: str, name: str) -> dict[str, str]:
        """How answers refer to it."""
        return {"uri": self.uri(field, name), "displayText": name, "name": name}

    def named(self, field: str, item: Mapping[str, Any]) -> str | None:
        """The name that a request means, by uri or by name; None when there is no such thing."""
        uri, name = item.get("uri"), item.get("name")
        if uri:
            return next((one for one in self._known[field] if self.uri(field, one) == uri), None)
        return name if isinstance(name, str) and name in self._known[field] else None

    def document(self) -> dict[str, list[str]]:
        """All of it for the control interface."""
        return {field: list(names) for field, names in self._known.items()}
