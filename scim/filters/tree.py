"""The tree of a filter (RFC 7644 3.4.2.2) and of a PATCH path."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute as a client names it: schema URN (or None), attribute, sub-attribute."""

    attribute: str
    sub: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    path: AttributePath
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    path: AttributePath


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Filter


@dataclass(frozen=True, slots=True)
class ValuePath:
    path: AttributePath
    filter: Filter


Filter = Comparison | Present | And | Or | Not | ValuePath


@dataclass(frozen=True, slots=True)
class PatchPath:
    path: AttributePath
    filter: Filter | None = None
