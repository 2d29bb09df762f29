"""Filters applied to resources: which of an attribute's values, which resources, and which filters make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scim.filters import And, AttributePath, AttributeType, Filter, Not, Or, ValuePath
from scim.filters import matches as evaluate
from scim.kind import Kind
from scim.paths import Json, Target, UnknownAttribute, resolve_attribute
from scim.schemas import Attribute


class FilterRefused(ValueError):
    """A filter that can be read and makes no sense for this connection. The message names the attribute."""


def type_of(attribute: Attribute) -> AttributeType:
    """What the evaluation of a filter needs to know of an attribute."""
    return AttributeType(attribute.type, case_exact=attribute.case_exact, multi=attribute.multi)


def select(target: Target, values: list[Any]) -> list[Json]:
    """The values of a multi-valued attribute that the target's filter selects; the very objects, not copies."""

    def known(path: AttributePath) -> AttributeType | None:
        sub = target.attribute.sub(path.attribute)
        return type_of(sub) if sub else None

    filter = target.filter
    return [v for v in values if isinstance(v, dict) and (filter is None or evaluate(filter, v, known))]


def matches(kind: Kind, filter: Filter, resource: Json) -> bool:
    """Whether a resource matches."""

    def known(path: AttributePath) -> AttributeType | None:
        try:
            return type_of(resolve_attribute(kind.schema, path).leaf)
        except UnknownAttribute:
            return None

    return evaluate(filter, resource, known)


def check(kind: Kind, filter: Filter) -> None:
    """Refuse a filter on what no schema knows, and on what this connection does not hold: an empty list would lie."""
    for path in _paths(filter):
        try:
            target = resolve_attribute(kind.schema, path)
        except UnknownAttribute as error:
            raise FilterRefused(f"No schema of {kind.type} has the attribute {error}.") from None
        held = (
            target.attribute.name in ("id", "meta", "schemas")
            or kind.table.of_attribute(target)
            or kind.keepable(target)
        )
        if not held:
            raise FilterRefused(f"This connection does not hold {target.text}, so it cannot be searched by it.")
        if target.leaf.returned == "never":
            raise FilterRefused(f"{target.text} is never returned, so it cannot be searched by it.")


def _paths(filter: Filter) -> Iterator[AttributePath]:
    """The attributes that a filter names, those in brackets as sub-attributes."""
    match filter:
        case And() | Or():
            for term in filter.terms:
                yield from _paths(term)
        case Not():
            yield from _paths(filter.term)
        case ValuePath():
            yield filter.path
            for inner in _paths(filter.filter):
                yield AttributePath(filter.path.attribute, inner.attribute, filter.path.schema)
        case _:
            yield filter.path
