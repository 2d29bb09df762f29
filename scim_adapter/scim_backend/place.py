"""Where a value stands in a resource of the backend: `userName`, `name.givenName`, `emails[type eq "work"].value`,
`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department` (RFC 7644 section 3.10)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim_adapter.scim_backend.schema import COMPLEX, MULTI_VALUED

Json = dict[str, Any]
FORM = re.compile(
    r"(?:(?P<urn>urn:[^\[\]\"]+):)?(?P<attribute>[A-Za-z$][\w$-]*)"
    r'(?:\[(?P<by>[A-Za-z]+) eq (?P<chosen>"[^"\\]*"|true|false)\])?(?:\.(?P<sub>[A-Za-z$][\w$-]*))?'
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `by` and `chosen` select one of several values; `sub` names a part of it."""

    urn: str | None
    attribute: str
    by: str | None = None
    chosen: Any = None
    sub: str | None = None

    @classmethod
    def of(cls, text: str) -> Place:
        """The place that a path names; ValueError when it is none."""
        found = FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text} is no path to a value")
        chosen = json.loads(found["chosen"]) if found["chosen"] else None
        return cls(found["urn"], found["attribute"], found["by"], chosen, found["sub"])

    @property
    def multi(self) -> bool:
        """Whether the attribute has several values, so that it is written as a whole."""
        return self.by is not None or self.attribute in MULTI_VALUED

    @property
    def top(self) -> str:
        """The path of the whole attribute."""
        return f"{self.urn}:{self.attribute}" if self.urn else self.attribute

    @property
    def patched(self) -> str:
        """The path by which PATCH writes it; of a reference such as `manager` the whole attribute."""
        return f"{self.top}.{self.sub}" if self.sub and not self.multi else self.top

    @property
    def filtered(self) -> str:
        """The path by which a filter asks for it: without what selects a value, which not every server understands."""
        return f"{self.top}.{self.sub}" if self.sub else self.top

    @property
    def wrapped(self) -> bool:
        """Whether the value stands alone in an object, as `manager` does."""
        return self.attribute in COMPLEX and self.sub is None

    def _home(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        home = resource.get(self.urn) if self.urn else resource
        return home if isinstance(home, Mapping) else {}

    def read(self, resource: Mapping[str, Any]) -> Any:
        """The value, or None."""
        value = self._home(resource).get(self.attribute)
        if self.multi and (self.by or self.sub):
            value = next((one for one in _objects(value) if self.selects(one)), None)
        if isinstance(value, Mapping) and (self.sub or self.wrapped):
            return value.get(self.sub or "value")
        return None if self.sub else value

    def selects(self, element: Mapping[str, Any]) -> bool:
        """Whether the path chooses this element of the list."""
        if self.by is None:
            return True
        held = element.get(self.by, False if isinstance(self.chosen, bool) else None)
        return bool(_folded(held) == _folded(self.chosen))

    def write(self, resource: Json, value: Any) -> None:
        """Put a value, or take it away with None; what stands beside it stays."""
        home = resource.setdefault(self.urn, {}) if self.urn else resource
        if self.multi and (self.by or self.sub):
            home[self.attribute] = self._rewritten(home.get(self.attribute), value)
        elif self.wrapped:
            home[self.attribute] = None if value is None else {"value": value}
        elif self.sub:
            held = home.get(self.attribute)
            home[self.attribute] = _without_none({**(held if isinstance(held, Mapping) else {}), self.sub: value})
        else:
            home[self.attribute] = value
        if home[self.attribute] in (None, [], {}):
            del home[self.attribute]
        if self.urn and not home:
            del resource[self.urn]

    def _rewritten(self, held: Any, value: Any) -> list[Any]:
        """The values of the attribute with this one changed; one that has lost its last part is gone."""
        elements = [dict(one) for one in _objects(held)]
        element = next((one for one in elements if self.selects(one)), None)
        if element is None:
            element = {self.by: self.chosen} if self.by else {}
            elements.append(element)
        element[self.sub or "value"] = value
        return [one for one in map(_without_none, elements) if one.keys() - {"type", "primary", self.by}]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _without_none(element: Mapping[str, Any]) -> Json:
    return {name: one for name, one in element.items() if one is not None}


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.casefold(), value.casefold())
    return value
