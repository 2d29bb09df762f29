"""Sorted lists: `sortBy` and `sortOrder` (RFC 7644 3.4.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scim.errors import invalid_value
from scim.evaluation import moment_of
from scim.filters import FilterSyntaxError, parse_path
from scim.kind import Kind
from scim.paths import Json, Target, UnknownAttribute, resolve, selected

Rank = tuple[bool, Any]
"""What a resource is sorted by: whether it lacks the value, and the value in a form that compares."""

LACKING: Rank = (True, 0)
"""The rank of whoever has no value."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order that a client asked for. Descending is the reverse of ascending: who lacks the value comes first."""

    target: Target
    descending: bool

    @classmethod
    def of(cls, kind: Kind, parameters: Mapping[str, str]) -> Order | None:
        """The order of a request; None when it asks for none. 400 for what the connection cannot be sorted by."""
        text = parameters.get("sortby", "").strip()
        if not text:
            return None
        direction = parameters.get("sortorder", "").strip().lower() or "ascending"
        if direction not in ("ascending", "descending"):
            raise invalid_value("sortOrder must be ascending or descending.")
        return cls(_target(kind, text), direction == "descending")

    @property
    def text(self) -> str:
        """The order in one word."""
        return f"{'-' if self.descending else ''}{self.target.text}"

    def rank(self, resource: Json) -> Rank:
        """The rank of a resource. Of several values the primary one counts, else the first (RFC 7644 3.4.2.3)."""
        value = self._value(resource)
        value = None if value is None else _comparable(self.target, value)
        return LACKING if value is None else (False, value)

    def _value(self, resource: Json) -> Any:
        held = self.target.home(resource).get(self.target.attribute.name)
        if self.target.attribute.multi and held:
            chosen = [v for v in held if selected(v, self.target.selector or {})] if self.target.filter else held
            first = chosen[0] if chosen else None
            held = next((v for v in chosen if isinstance(v, dict) and v.get("primary") is True), first)
        if self.target.sub is not None and isinstance(held, dict):
            held = held.get(self.target.sub.name)
        return None if held == "" else held

    def native(self, kind: Kind) -> str | None:
        """The native field in whose order the backend itself lists, when that is this order; else None."""
        binding = kind.table.by_path.get(self.target.text)
        if binding is None or binding.field.read or binding.field.native not in kind.resource.can.sort:
            return None
        return binding.field.native


def _target(kind: Kind, text: str) -> Target:
    try:
        target = resolve(kind.schema, parse_path(text))
    except FilterSyntaxError as error:
        raise invalid_value(f"sortBy cannot be read: {error}") from None
    except UnknownAttribute as error:
        raise invalid_value(f"sortBy names {error}, which no schema of {kind.type} has.") from None
    if target.sub is None and target.attribute.type == "complex":
        target = replace(target, sub=target.attribute.sub("value"))
    if target.leaf.type == "complex":
        raise invalid_value(f"sortBy must name one of the sub-attributes of {target.attribute.name}.")
    if not kind.holding.shows(target):
        raise invalid_value(f"This connection cannot sort by {target.text}: it does not hold or show it.")
    return target


def _comparable(target: Target, value: Any) -> Any:
    leaf = target.leaf
    if leaf.type == "dateTime":
        return moment_of(str(value))
    return value.casefold() if isinstance(value, str) and not leaf.case_exact else value
