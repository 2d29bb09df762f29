"""The attribute mapping: which source attribute flows to which target attribute.

Default: the one of a non-gallery application (Learn, "Develop and plan provisioning for a SCIM endpoint" and
"Customize user provisioning attribute-mappings"), with the capital letters of Microsoft's table. The row of the
manager is `map_manager`, since references are written in a pass of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from simulators.entra.expressions import ACTIVE, Evaluate, Value, evaluate
from simulators.entra.paths import CORE, ENTERPRISE, AttributePath
from simulators.entra.people import OPTIONAL_COLUMNS, Person
from simulators.entra.roles import Roles

Values = dict[str, Value]
"""Target path to the value that Entra wants there."""

DEFAULT = {
    "externalId": "mailNickname",
    "userName": "userPrincipalName",
    "active": ACTIVE,
    "displayName": "displayName",
    "title": "jobTitle",
    'emails[type eq "work"].value': "mail",
    'emails[type eq "other"].Value': "proxyAddresses",
    'phoneNumbers[type eq "work"].value': "telephoneNumber",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    'phoneNumbers[type eq "fax"].value': "facsimileTelephoneNumber",
    'addresses[type eq "work"].formatted': "physicalDeliveryOfficeName",
    'addresses[type eq "work"].streetAddress': "streetAddress",
    'addresses[type eq "work"].locality': "city",
    'addresses[type eq "work"].region': "state",
    'addresses[type eq "work"].postalCode': "postalCode",
    'addresses[type eq "work"].country': "country",
    'addresses[type eq "other"].Formatted': "physicalDeliveryOfficeName",
    "name.formatted": 'Join(" ", [givenName], [surname])',
    "name.familyName": "surname",
    "name.givenName": "givenName",
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:employeeNumber": "employeeId",
}


@dataclass(frozen=True)
class AttributeMapping:
    """The flows in force, target path to source, and the matching attributes in their order of precedence."""

    flows: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT))
    matching: tuple[str, ...] = ("userName",)

    def __post_init__(self) -> None:
        for needed in ("userName", *self.matching):
            if needed not in self.flows:
                raise ValueError(f"The mapping lacks {needed}, which Entra needs to match people.")
        if not self.matching:
            raise ValueError("The mapping needs a matching attribute.")
        _ = self.paths, self.sources

    @cached_property
    def sources(self) -> dict[str, Evaluate]:
        return {target: evaluate(source) for target, source in self.flows.items()}

    @cached_property
    def paths(self) -> dict[str, AttributePath]:
        return {target: AttributePath.parse(target) for target in self.flows}

    def only(self, names: Iterable[str]) -> AttributeMapping:
        """The mapping with fewer rows; a name is a path, or an attribute with all of its paths (`emails`)."""
        wanted = {name.strip().lower(): name.strip() for name in names if name.strip()}
        kept = {target: source for target, source in self.flows.items() if _names(self.paths[target]) & set(wanted)}
        known = {name for target in kept for name in _names(self.paths[target])}
        if unknown := [name for key, name in wanted.items() if key not in known]:
            raise ValueError(f"No row of the mapping has the target attribute {unknown[0]}.")
        return replace(self, flows=kept)

    def with_flow(self, target: str, source: str) -> AttributeMapping:
        return replace(self, flows={**self.flows, target: source})

    def matched_by(self, names: Iterable[str]) -> AttributeMapping:
        return replace(self, matching=tuple(names))

    def without_roles(self) -> AttributeMapping:
        """Roles are not provisioned on demand (Learn, "On-demand provisioning")."""
        return replace(self, flows={target: source for target, source in self.flows.items() if "AppRole" not in source})

    def check_sources(self, columns: Iterable[str]) -> None:
        """Raises ValueError for a source attribute that is none of these columns."""
        known = {*columns, *OPTIONAL_COLUMNS}
        for source in self.flows.values():
            evaluate(source, known)

    def values(self, person: Person) -> Values:
        """What Entra wants in the target; a source attribute without a value flows nowhere."""
        found = {target: source(person) for target, source in self.sources.items()}
        return {target: value for target, value in found.items() if value != ""}

    def empty(self, person: Person) -> list[str]:
        return [target for target, source in self.sources.items() if source(person) == ""]

    def body(self, values: Values) -> dict[str, Any]:
        """The create request of Learn's "Create User" sample, in the order of its members."""
        placed: dict[str, Any] = {}
        for target, value in values.items():
            self.paths[target].place(placed, value.created() if isinstance(value, Roles) else value)
        late = {name: placed.pop(name) for name in [*placed] if name in ("name", "roles") or ":" in name}
        late = {"meta": {"resourceType": "User"}, "name": late.pop("name", None), "roles": [], **late}
        body = {"schemas": [CORE, ENTERPRISE], **placed, **late}
        return {name: value for name, value in body.items() if value is not None}


def fingerprint(values: Any) -> str:
    """A short digest: tells a changed person from an unchanged one without keeping the values."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _names(path: AttributePath) -> set[str]:
    dotted = f"{path.name}.{path.sub}" if path.sub else path.name
    return {path.text.lower(), path.name.lower(), dotted.lower()}
