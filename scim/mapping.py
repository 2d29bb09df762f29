"""The mapping table of one resource type: the single source of truth for translation in both directions.

Between the two sides stands plain SCIM JSON: `outward` makes it from a native record; `scim.differences` tells what
differs between two states of it, in the backend's words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from scim.document import AS_IS, clean
from scim.errors import ScimError
from scim.filters import parse_path
from scim.paths import Json, Target, UnknownAttribute, resolve, selected
from scim.references import listed
from scim.schemas import ResourceSchema
from scim_adapter import Field, Native

log = logging.getLogger("scimgate")
Show = Callable[[Field, Any], Json | None]
"""A reference field and one native value of it to what clients see; None for a target that they cannot see."""
ABSENT = (None, "")
"""Native values that say nothing."""
Whole = tuple[str | None, str]
"""An attribute with all its values and parts: its extension and its name."""


@dataclass(frozen=True)
class Binding:
    """One row of the table: a SCIM path and its native field."""

    target: Target
    field: Field

    @property
    def path(self) -> str:
        """The SCIM path."""
        return self.target.text

    @property
    def required(self) -> bool:
        """Whether a resource must have a value here: the schema or the backend says so."""
        return self.field.required or self.target.leaf.required

    @cached_property
    def _plain(self) -> type | None:
        """The type of native values that are SCIM's as they are."""
        leaf = self.target.leaf
        return None if self.field.read or leaf.multi else AS_IS.get(leaf.type)

    def to_scim(self, value: Any) -> Any:
        """A native value in SCIM's form; None when it is missing or unusable (which is logged once for the field)."""
        if value in ABSENT:
            return None
        if type(value) is self._plain:
            return value
        try:
            return clean(self.target.leaf, self.field.read(value) if self.field.read else _text(self, value))
        except (ScimError, ValueError, TypeError, KeyError, AttributeError) as error:
            _warn_once(self.field.native, type(error).__name__)
            return None

    def references(self, record: Native) -> list[Any]:
        """The native values of a reference field, as the adapter's `read` gives them; empty ones are left out."""
        value = record.get(self.field.native)
        if value in ABSENT or value == []:
            return []
        value = self.field.read(value) if self.field.read else value
        return [one for one in listed(value) if (one.get("value") if isinstance(one, dict) else one)]

    def to_native(self, value: Any) -> Any:
        """A SCIM value in the backend's form; None stays None."""
        return self.field.write(value) if self.field.write and value is not None else value


def _text(binding: Binding, value: Any) -> Any:
    if isinstance(value, str) or binding.target.leaf.type != "string":
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_warned: set[tuple[str, str]] = set()


def _warn_once(native: str, kind: str) -> None:
    if (native, kind) not in _warned:
        _warned.add((native, kind))
        log.warning("A value of the native field %s cannot be read (%s); the attribute is left out.", native, kind)


class Table:
    """The compiled mapping table of one resource type."""

    def __init__(self, fields: Mapping[str, Field | str], schema: ResourceSchema) -> None:
        self.schema = schema
        self.bindings = tuple(_binding(schema, path, field) for path, field in fields.items())

    @cached_property
    def by_path(self) -> Mapping[str, Binding]:
        """The bindings by the canonical text of their paths."""
        return {binding.path: binding for binding in self.bindings}

    def path_of(self, native: str | None) -> str | None:
        """The SCIM path of a native field, for messages."""
        return next((b.path for b in self.bindings if b.field.native == native), None)

    @cached_property
    def _by_attribute(self) -> Mapping[Whole, Sequence[Binding]]:
        found: dict[Whole, list[Binding]] = {}
        for binding in self.bindings:
            found.setdefault(_whole(binding.target), []).append(binding)
        return found

    def of_attribute(self, target: Target) -> Sequence[Binding]:
        """All bindings of the attribute that `target` belongs to."""
        return self._by_attribute.get(_whole(target), ())

    def holding(self, target: Target) -> Binding | None:
        """The binding that holds exactly this value, or the whole attribute that it is a part of."""
        mine = self.of_attribute(target)
        whole = (b for b in mine if b.target.sub is None and b.target.filter is None)
        return next((b for b in mine if b.path == target.text), None) or next(whole, None)

    @cached_property
    def demanded(self) -> Sequence[Binding]:
        """The bindings that need a value which nobody but the client can give."""
        return [b for b in self.bindings if b.required and b.field.default is None]

    def outward(self, record: Native, show: Show, only: Sequence[Binding] | None = None) -> Json:
        """The record as SCIM JSON, without `schemas`, `id` and what the gateway itself adds; `only` for what these
        bindings tell, which are all those of their attributes."""
        resource: Json = {}
        for binding in self.bindings if only is None else only:
            field = binding.field
            if field.write_only or (held := record.get(field.native)) in ABSENT:
                continue
            if field.ref:
                if held := binding.references(record):
                    shown = [one for element in held if (one := show(field, element)) is not None]
                    _place_references(binding, resource, shown)
            elif (value := binding.to_scim(held)) is not None:
                binding.target.write(resource, value)
        self._mark_primary(resource)
        for target in self._single_references:
            if (held := target.home(resource).get(target.attribute.name)) and target.leaf.name not in held:
                target.drop(resource)  # what else is told of somebody who cannot be seen goes with them
        return resource

    @cached_property
    def _single_references(self) -> tuple[Target, ...]:
        single = (b.target for b in self.bindings if b.field.ref and not b.field.many)
        return tuple(target for target in single if target.sub is not None)

    def _mark_primary(self, resource: Json) -> None:
        for target in self._sole_values:
            for element in target.home(resource).get(target.attribute.name, ()):
                element.setdefault("primary", True)

    @cached_property
    def _sole_values(self) -> tuple[Target, ...]:
        """Multi-valued attributes of which the backend holds exactly one value: that one is the primary."""
        kinds: dict[str, dict[str, Target]] = {}
        for binding in self.bindings:
            target = binding.target
            if target.attribute.multi and target.selector and target.attribute.sub("primary"):
                kinds.setdefault(target.attribute.name, {})[str(target.selector)] = target
        return tuple(next(iter(found.values())) for found in kinds.values() if len(found) == 1)

    def settle(self, resource: Json) -> Json:
        """Give an untyped value the only type that the backend can hold (a client that sends no `type`)."""
        for target in self._sole_values:
            elements = target.home(resource).get(target.attribute.name, [])
            if not any(selected(e, target.selector or {}) for e in elements):
                untyped = next((e for e in elements if not e.keys() & (target.selector or {}).keys()), None)
                if untyped is not None:
                    untyped.update(target.selector or {})
        return resource

    def leftovers(self, resource: Json) -> Iterator[tuple[Target, Any]]:
        """Every assigned value that no binding covers: its target and the value."""
        for urn in (None, *(s.id for s in self.schema.extensions)):
            home = resource.get(urn, {}) if urn else resource
            for name, value in home.items():
                found = self.schema.find(name, urn or self.schema.core.id)
                if found and found[1].name not in ("schemas", "id", "meta"):
                    yield from self._uncovered(Target(urn, found[1]), value)

    def _uncovered(self, target: Target, value: Any) -> Iterator[tuple[Target, Any]]:
        mine = self.of_attribute(target)
        if not mine:
            yield target, value
        elif not any(b.target.sub is None and b.target.filter is None for b in mine):
            for element in value if isinstance(value, list) else [value]:
                yield from _uncovered_parts(target, element, mine)


def _uncovered_parts(target: Target, element: Json, mine: Sequence[Binding]) -> Iterator[tuple[Target, Any]]:
    choosing = [b for b in mine if selected(element, b.target.selector or {})]
    if not choosing:
        yield target, element
        return
    known = {b.target.sub.name for b in choosing if b.target.sub}
    labels = (
        {"primary", *(name for b in choosing for name in b.target.selector or {})} if target.attribute.multi else set()
    )
    for name, value in element.items():
        if name not in known | labels | {"$ref"}:
            yield (
                Target(target.extension, target.attribute, target.attribute.sub(name), choosing[0].target.filter),
                value,
            )


def _binding(schema: ResourceSchema, path: str, field: Field | str) -> Binding:
    target = resolve_text(schema, path)
    if target.sub is None and target.attribute.type == "complex" and not target.attribute.multi:
        target = Target(target.extension, target.attribute, target.attribute.sub("value"), target.filter)
    if target.filter is not None and target.selector is None:
        raise ValueError(f"The path {path} must select its value by eq alone.")
    field = Field(native=field) if isinstance(field, str) else field
    whole = target.sub is None and target.filter is None and target.attribute.multi
    return Binding(target, replace(field, many=True) if whole else field)


def resolve_text(schema: ResourceSchema, path: str) -> Target:
    """The target of a path in text, for mapping tables and settings; ValueError names what is wrong with it."""
    try:
        return resolve(schema, parse_path(path))
    except UnknownAttribute as error:
        raise ValueError(f"No schema of {schema.type} has the attribute {error}.") from None


def _whole(target: Target) -> Whole:
    return target.extension, target.attribute.name


def _place_references(binding: Binding, resource: Json, shown: list[Json]) -> None:
    """A list of references, or the only one: as an object where the schema has one, else as its id."""
    target = binding.target
    if not shown:
        return
    if binding.field.many:
        target.write(resource, shown)
    elif target.attribute.sub("$ref"):
        target.make_home(resource).setdefault(target.attribute.name, {}).update(shown[0])
    else:
        target.write(resource, shown[0]["value"])
