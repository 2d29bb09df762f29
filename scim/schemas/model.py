"""Schemas and their attributes (RFC 7643 section 7), and how a name finds its attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readWrite", "readOnly", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]


@dataclass(frozen=True)
class Attribute:
    """One attribute with its characteristics (RFC 7643 section 2.2)."""

    name: str
    description: str
    type: Type = "string"
    multi: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Literal["none", "server", "global"] = "none"
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subs: tuple[Attribute, ...] = ()

    @cached_property
    def _by_name(self) -> Mapping[str, Attribute]:
        return {sub.name.casefold(): sub for sub in self.subs}

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of this name, whatever its case."""
        return self._by_name.get(name.casefold())


@dataclass(frozen=True)
class Schema:
    """A schema: its URN, and its attributes by name."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...] = field(default=())

    @cached_property
    def _by_name(self) -> Mapping[str, Attribute]:
        return {attribute.name.casefold(): attribute for attribute in self.attributes}

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name, whatever its case."""
        return self._by_name.get(name.casefold())


@dataclass(frozen=True)
class ResourceSchema:
    """Everything that a resource of one type may carry: a core schema, extensions and the common attributes."""

    type: str
    endpoint: str
    core: Schema
    extensions: tuple[Schema, ...] = ()
    common: tuple[Attribute, ...] = ()

    @cached_property
    def urns(self) -> tuple[str, ...]:
        """The URNs of all schemas, the core's first."""
        return (self.core.id, *(extension.id for extension in self.extensions))

    @cached_property
    def _common(self) -> Mapping[str, Attribute]:
        return {attribute.name.casefold(): attribute for attribute in self.common}

    @cached_property
    def requested(self) -> tuple[tuple[str | None, Attribute, Attribute], ...]:
        """Sub-attributes that are returned only when they are named: extension, attribute, sub-attribute."""
        homes = [(None, self.core), *((schema.id, schema) for schema in self.extensions)]
        return tuple(
            (urn, a, s) for urn, home in homes for a in home.attributes for s in a.subs if s.returned == "request"
        )

    def schema(self, urn: str) -> Schema | None:
        """The schema with this URN, whatever its case."""
        return next((s for s in (self.core, *self.extensions) if s.id.casefold() == urn.casefold()), None)

    def find(self, name: str, urn: str | None = None) -> tuple[Schema | None, Attribute] | None:
        """The extension that holds the attribute (None for core and common ones), and the attribute.

        A name without a URN is looked up in the core first, then in the extensions: real clients send `manager` and
        `department` bare.
        """
        if urn is not None:
            schema = self.schema(urn)
            attribute = schema.attribute(name) if schema else None
            if schema is self.core and attribute is None:
                attribute = self._common.get(name.casefold())
            return (None if schema is self.core else schema, attribute) if attribute else None
        attribute = self.core.attribute(name) or self._common.get(name.casefold())
        return (None, attribute) if attribute else next(self._in_extensions(name), None)

    def _in_extensions(self, name: str) -> Iterator[tuple[Schema, Attribute]]:
        for extension in self.extensions:
            if attribute := extension.attribute(name):
                yield extension, attribute
