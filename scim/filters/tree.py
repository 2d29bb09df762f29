"""The tree of a filter (RFC 7644 3.4.2.2) and of a PATCH path (3.5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Value = str | bool | int | float | None
NUMERIC = frozenset(("integer", "decimal"))
"""The types of attributes that are numbers."""


class FilterSyntaxError(ValueError):
    """A text that is no filter or path. `position` counts characters from 0; None is the end of the text."""

    def __init__(self, message: str, position: int | None = None) -> None:
        where = "at its end" if position is None else f"at character {position + 1}"
        super().__init__(f"The filter cannot be read {where}: {message}.")
        self.position = position


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute as a client names it: attribute, sub-attribute, schema URN."""

    attribute: str
    sub: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path op value`. `op` is lower-case: eq ne co sw ew gt ge lt le. A quoted value is a string, `true` a bool.

    `text` is a number as the client wrote it.
    """

    path: AttributePath
    op: str
    value: Value
    text: str | None = None

    def literal(self, type: str) -> Value:
        """What a value of an attribute of this type is compared with."""
        return self.value if self.text is None or type in NUMERIC else self.text


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: AttributePath


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One term holds."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Filter


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[filter]`: one and the same value of the attribute fulfils the filter."""

    path: AttributePath
    filter: Filter


Filter = Comparison | Present | And | Or | Not | ValuePath


@dataclass(frozen=True, slots=True)
class PatchPath:
    """The path of a PATCH operation: `path[filter].sub`, the sub-attribute being in `path`."""

    path: AttributePath
    filter: Filter | None = None


def conjuncts(filter: Filter) -> tuple[Filter, ...]:
    """The terms that must all hold."""
    if not isinstance(filter, And):
        return (filter,)
    return tuple(part for term in filter.terms for part in conjuncts(term))


def paths(filter: Filter) -> Iterator[AttributePath]:
    """The attributes that a filter names, those in brackets as sub-attributes."""
    match filter:
        case And() | Or():
            for term in filter.terms:
                yield from paths(term)
        case Not():
            yield from paths(filter.term)
        case ValuePath():
            yield filter.path
            for inner in paths(filter.filter):
                sub = f"{inner.attribute}.{inner.sub}" if inner.sub else inner.attribute  # which nothing has
                yield AttributePath(filter.path.attribute, sub, filter.path.schema)
        case _:
            yield filter.path
