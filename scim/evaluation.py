"""Whether a resource, or one value of an attribute, fulfils a filter (RFC 7644 3.4.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from scim.filters import NUMERIC, And, AttributePath, Comparison, Filter, Not, Or, Present, ValuePath
from scim.paths import Json, Target, UnknownAttribute, as_boolean, resolve_attribute
from scim.schemas import Attribute, ResourceSchema

Scope = Callable[[AttributePath], tuple[list[Any], Attribute]]
"""From a path to the values that stand there, and the attribute whose characteristics they have."""


class FilterRefused(ValueError):
    """A filter that can be read and makes no sense. The message names the attribute."""


def fulfils(schema: ResourceSchema, filter: Filter, resource: Json) -> bool:
    """Whether a resource matches."""

    def scope(path: AttributePath) -> tuple[list[Any], Attribute]:
        target = resolve_attribute(schema, path)
        value = target.home(resource).get(target.attribute.name)
        return _inside(_listed(value), target.sub), target.leaf

    return _holds(filter, scope)


def select(target: Target, values: list[Any]) -> list[Json]:
    """The values that the target's filter selects; the very objects, not copies."""
    wanted = target.filter
    found = (value for value in values if isinstance(value, dict))
    return [v for v in found if wanted is None or _holds(wanted, _value_scope(target.attribute, v))]


def _value_scope(attribute: Attribute, value: Json) -> Scope:
    def scope(path: AttributePath) -> tuple[list[Any], Attribute]:
        sub = attribute.sub(path.attribute)
        if sub is None or path.sub is not None:
            raise UnknownAttribute(f"{attribute.name}.{path.attribute}")
        return _listed(value.get(sub.name)), sub

    return scope


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _inside(values: list[Any], sub: Attribute | None) -> list[Any]:
    return values if sub is None else [v[sub.name] for v in values if isinstance(v, dict) and sub.name in v]


def _holds(filter: Filter, scope: Scope) -> bool:
    match filter:
        case And():
            return all(_holds(term, scope) for term in filter.terms)
        case Or():
            return any(_holds(term, scope) for term in filter.terms)
        case Not():
            return not _holds(filter.term, scope)
        case ValuePath():
            values, attribute = scope(filter.path)
            return any(_holds(filter.filter, _value_scope(attribute, v)) for v in values if isinstance(v, dict))
        case Present():
            values, _ = scope(filter.path)
            return any(value not in ("", [], {}) for value in values)
        case Comparison():
            return _compared(filter, *scope(filter.path))


def _compared(comparison: Comparison, values: list[Any], attribute: Attribute) -> bool:
    """A multi-valued attribute matches when one value does; a complex one is compared by its `value`."""
    if attribute.type == "complex":
        sub = attribute.sub("value")
        if sub is None:
            raise FilterRefused(f"{attribute.name} has no value to compare; name one of its sub-attributes.")
        values, attribute = _inside(values, sub), sub
    if comparison.value is None:
        return bool(values) if comparison.op == "ne" else not values and comparison.op == "eq"
    wanted = comparison.literal(attribute.type)
    if comparison.op == "ne":
        return not any(_test("eq", attribute, value, wanted) for value in values)
    return any(_test(comparison.op, attribute, value, wanted) for value in values)


def _test(op: str, attribute: Attribute, held: Any, wanted: Any) -> bool:
    if attribute.type == "boolean":
        return held is as_boolean(wanted)
    if attribute.type in NUMERIC:
        return not isinstance(wanted, str | bool) and _ORDER[op](held, wanted)
    if not isinstance(held, str):
        return False
    wanted = wanted if isinstance(wanted, str) else str(wanted).lower()
    if attribute.type == "dateTime" and op not in ("co", "sw", "ew"):
        moment = moment_of(wanted)
        return moment is not None and _ORDER[op](moment_of(held) or datetime.min.replace(tzinfo=UTC), moment)
    if not attribute.case_exact:
        held, wanted = held.casefold(), wanted.casefold()
    return _ORDER[op](held, wanted)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, wanted: held == wanted,
    "gt": lambda held, wanted: held > wanted,
    "ge": lambda held, wanted: held >= wanted,
    "lt": lambda held, wanted: held < wanted,
    "le": lambda held, wanted: held <= wanted,
    "co": lambda held, wanted: wanted in held,
    "sw": lambda held, wanted: held.startswith(wanted),
    "ew": lambda held, wanted: held.endswith(wanted),
}
ORDERING = frozenset(("gt", "ge", "lt", "le"))


def moment_of(text: str) -> datetime | None:
    """The moment that a dateTime names, in UTC where it names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def sensible(schema: ResourceSchema, filter: Filter) -> None:
    """Refuse comparisons that the RFC refuses: an order of booleans, a part of a number, an order of binaries."""
    match filter:
        case And() | Or():
            for term in filter.terms:
                sensible(schema, term)
        case Not():
            sensible(schema, filter.term)
        case ValuePath():
            sensible_inside(resolve_attribute(schema, filter.path).attribute, filter.filter)
        case Comparison():
            _sensible(filter, resolve_attribute(schema, filter.path).leaf)


def sensible_inside(attribute: Attribute, filter: Filter) -> None:
    """The same for a filter that selects among the values of an attribute; `UnknownAttribute` for what they lack."""
    terms = filter.terms if isinstance(filter, And | Or) else (filter.term,) if isinstance(filter, Not) else ()
    for term in terms:
        sensible_inside(attribute, term)
    if isinstance(filter, Comparison | Present | ValuePath):
        path = filter.path
        sub = None if path.sub or isinstance(filter, ValuePath) else attribute.sub(path.attribute)
        if sub is None:
            raise UnknownAttribute(".".join(name for name in (attribute.name, path.attribute, path.sub) if name))
        if isinstance(filter, Comparison):
            _sensible(filter, sub)


def _sensible(comparison: Comparison, attribute: Attribute) -> None:
    if attribute.type == "complex":
        attribute = attribute.sub("value") or attribute
    if attribute.type == "complex":
        raise FilterRefused(f"{attribute.name} has no value to compare; name one of its sub-attributes.")
    ordered = comparison.op in ORDERING and attribute.type in ("boolean", "binary")
    partial = comparison.op in ("co", "sw", "ew") and attribute.type in ("boolean", "integer", "decimal")
    if ordered or partial:
        raise FilterRefused(f"{attribute.name} is a {attribute.type} and cannot be compared by {comparison.op}.")
    if attribute.type == "dateTime" and comparison.op in ORDERING and moment_of(str(comparison.value)) is None:
        raise FilterRefused(f"{attribute.name} is compared with a dateTime such as 2026-01-31T12:00:00Z.")
