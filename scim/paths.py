"""A path (RFC 7644 3.10) resolved against the schemas, and the value that it names in a resource."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scim.filters import And, AttributePath, Comparison, Filter, PatchPath, conjuncts
from scim.schemas import Attribute, ResourceSchema

Json = dict[str, Any]
LONG = 60
"""Characters of a client's word that messages repeat."""


class UnknownAttribute(ValueError):
    """No schema of the resource has an attribute of this name. The message is the name, cut where it is long."""

    def __init__(self, name: str) -> None:
        super().__init__(name if len(name) <= LONG else f"{name[:LONG]}...")


@dataclass(frozen=True)
class Target:
    """Where a value lives: an attribute, perhaps in an extension, one of its sub-attributes, values selected by a
    filter."""

    extension: str | None
    attribute: Attribute
    sub: Attribute | None = None
    filter: Filter | None = None

    @cached_property
    def selector(self) -> Mapping[str, Any] | None:
        """The sub-attributes that a selected value has, if the filter says no more than that; else None."""
        return equalities(self.filter, self.attribute) if self.filter is not None else None

    @cached_property
    def text(self) -> str:
        """The path in the schemas' own spelling."""
        prefix = f"{self.extension}:" if self.extension else ""
        chosen = "".join(f'[{k} eq "{v}"]' for k, v in (self.selector or {}).items())
        return f"{prefix}{self.attribute.name}{chosen}" + (f".{self.sub.name}" if self.sub else "")

    @property
    def leaf(self) -> Attribute:
        """The attribute whose characteristics the value has."""
        return self.sub or self.attribute

    def home(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object that holds the attribute: the resource, or its extension block; empty when there is none."""
        return resource.get(self.extension) or {} if self.extension else resource

    def make_home(self, resource: Json) -> Json:
        """The same, made when it is missing."""
        return resource.setdefault(self.extension, {}) if self.extension else resource

    def drop(self, resource: Json) -> None:
        """Remove the whole attribute, and its extension block when that is empty then."""
        home = resource.get(self.extension) if self.extension else resource
        if home is not None:
            home.pop(self.attribute.name, None)
            if self.extension and not home:
                del resource[self.extension]

    def read(self, resource: Mapping[str, Any]) -> Any:
        """The value, or None. Of several values that a selector allows the first one counts."""
        value = self.home(resource).get(self.attribute.name)
        if value is None or (self.sub is None and self.filter is None):
            return value
        if self.attribute.multi:
            value = next((element for element in value if selected(element, self.selector or {})), None)
        return value.get(self.sub.name) if self.sub and value else value

    def write(self, resource: Json, value: Any) -> None:
        """Put a value that is not None where `read` finds it."""
        home = self.make_home(resource)
        if self.sub is None and self.filter is None:
            home[self.attribute.name] = value
            return
        holder: MutableMapping[str, Any]
        if self.attribute.multi:
            elements = home.setdefault(self.attribute.name, [])
            wanted = self.selector or {}
            holder = next((e for e in elements if selected(e, wanted)), {})
            if not holder:
                elements.append(holder := dict(wanted))
        else:
            holder = home.setdefault(self.attribute.name, {})
        holder.update({self.sub.name: value} if self.sub else value)


def selected(element: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a value has all the sub-attributes of a selector; strings ignore case."""
    return all(_fold(element.get(name)) == _fold(value) for name, value in wanted.items())


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def equalities(filter: Filter, attribute: Attribute) -> dict[str, Any] | None:
    """What a value must be like to be selected by `filter`, when it is made of `eq` and `and` alone."""
    found: dict[str, Any] = {}
    for term in conjuncts(filter) if isinstance(filter, And) else (filter,):
        if not isinstance(term, Comparison) or term.op != "eq" or term.path.sub is not None:
            return None
        sub = attribute.sub(term.path.attribute)
        if sub is None:
            return None
        found[sub.name] = as_boolean(term.value) if sub.type == "boolean" else term.literal(sub.type)
    return found


def as_boolean(value: Any) -> Any:
    """Entra sends booleans as "True" and "False": the boolean for such a string, else the value as it is."""
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    return value


def resolve(schema: ResourceSchema, path: PatchPath) -> Target:
    """The target of a parsed path; `UnknownAttribute` names what no schema knows."""
    return resolve_attribute(schema, path.path, path.filter)


def resolve_attribute(schema: ResourceSchema, path: AttributePath, filter: Filter | None = None) -> Target:
    """The target of an attribute path, with the filter that selects among its values."""
    found = schema.find(path.attribute, path.schema)
    if found is None:
        raise UnknownAttribute(path.attribute)
    extension, attribute = found
    sub = None
    if path.sub is not None:
        sub = attribute.sub(path.sub)
        if sub is None:
            raise UnknownAttribute(f"{attribute.name}.{path.sub}")
    return Target(extension.id if extension else None, attribute, sub, filter)
