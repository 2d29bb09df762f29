"""Target attributes as Entra's attribute mapping writes them, for example `emails[type eq "work"].value`.

The forms are attribute paths and value paths of RFC 7644 section 3.5.2, with the URN of an extension before a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_FORM = re.compile(
    r"(?:(?P<urn>urn:.+):)?(?P<name>[A-Za-z][\w-]*)"
    r'(?:\[(?P<key>\w+) eq (?:"(?P<text>[^"]*)"|(?P<bare>true|false))\])?(?:\.(?P<sub>[A-Za-z$][\w-]*))?'
)


@dataclass(frozen=True, slots=True)
class AttributePath:
    """One parsed path. `key` and `literal` are the filter in the brackets of a value path."""

    text: str
    urn: str | None
    name: str
    key: str | None
    literal: str | bool | None
    sub: str | None

    @classmethod
    def parse(cls, text: str) -> AttributePath:
        if not (found := _FORM.fullmatch(text)):
            raise ValueError(f"{text} is not the path of a SCIM attribute.")
        literal: str | bool | None = found["text"]
        if found["bare"] or (found["key"] == "primary" and literal is not None):
            literal = str(found["bare"] or literal).lower() == "true"
        return cls(text, found["urn"], found["name"], found["key"], literal, found["sub"])

    @property
    def is_value_path(self) -> bool:
        return self.key is not None

    def read(self, resource: Mapping[str, Any]) -> Any:
        """The value in a resource of the target, or None."""
        value = _member(resource, self.urn) if self.urn else resource
        value = _member(value, self.name)
        if self.key:
            value = next((entry for entry in _entries(value) if self._chosen(entry)), None)
        return _member(value, self.sub) if self.sub else value

    def place(self, body: dict[str, Any], value: Any) -> None:
        """Put the value into the body of a create request."""
        home: dict[str, Any] = body.setdefault(self.urn, {}) if self.urn else body
        if self.key:
            home = self._entry(home.setdefault(self.name, []))
        elif self.sub:
            home = home.setdefault(self.name, {})
        home[self.sub or self.name] = value

    def _entry(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        for entry in entries:
            if self._chosen(entry):
                return entry
        start: dict[str, Any] = {"primary": True} if (self.name, self.literal) == ("emails", "work") else {}
        entries.append(start | {str(self.key): self.literal})
        return entries[-1]

    def _chosen(self, entry: Mapping[str, Any]) -> bool:
        return bool(_member(entry, str(self.key)) == self.literal)


def _entries(value: Any) -> Iterable[Mapping[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def _member(value: Any, name: str) -> Any:
    """A member whatever its case (RFC 7643 section 2.1)."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    return next((found for key, found in value.items() if key.lower() == name.lower()), None)
