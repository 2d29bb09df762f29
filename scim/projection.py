"""Which attributes an answer carries: `attributes` and `excludedAttributes` (RFC 7644 3.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scim.errors import ScimError
from scim.filters import FilterSyntaxError, parse_path
from scim.paths import Json, Target, UnknownAttribute, resolve_attribute
from scim.schemas import ResourceSchema

ALWAYS = ("schemas", "id")


class Projection:
    """What a request asks to see. Unknown names select nothing."""

    def __init__(self, schema: ResourceSchema, parameters: Mapping[str, str]) -> None:
        wanted, unwanted = parameters.get("attributes", ""), parameters.get("excludedattributes", "")
        if wanted.strip() and unwanted.strip():
            raise ScimError(400, "Send attributes or excludedAttributes, not both.", "invalidValue")
        self._only = _targets(schema, wanted) if wanted.strip() else None
        self._without = _targets(schema, unwanted)
        self._hidden = [Target(*place) for place in schema.requested]
        if self._only is not None:
            named = {target.text for target in self._only}
            self._hidden = [target for target in self._hidden if target.text not in named]

    def shows(self, target: Target) -> bool:
        """Whether any part of the target's attribute may be in the answer."""
        if self._only is not None:
            return any(_of_attribute(wanted, target) for wanted in self._only)
        return not any(_of_attribute(cut, target) and cut.sub is None for cut in self._without)

    def of(self, resource: Json) -> Json:
        """The resource with what was asked for; `schemas` and `id` are always there."""
        for target in self._hidden:
            _cut(resource, target)
        if self._only is not None:
            kept: Json = {name: resource[name] for name in ALWAYS}
            for target in self._only:
                _copy(resource, kept, target)
            resource = kept
        for target in self._without:
            _cut(resource, target)
        for target in (*self._hidden, *self._without, *(self._only or ())):
            _tidy(resource, target)
        return resource


def _of_attribute(one: Target, other: Target) -> bool:
    return (one.extension, one.attribute.name) == (other.extension, other.attribute.name)


def _targets(schema: ResourceSchema, names: str) -> list[Target]:
    found = []
    for name in dict.fromkeys(filter(None, (part.strip() for part in names.split(",")))):
        if (extension := schema.schema(name)) is not None:
            found += [Target(extension.id if extension is not schema.core else None, a) for a in extension.attributes]
            continue
        try:
            found.append(resolve_attribute(schema, parse_path(name).path))
        except (UnknownAttribute, FilterSyntaxError):
            continue
    return found


def _copy(resource: Json, kept: Json, target: Target) -> None:
    value = target.home(resource).get(target.attribute.name)
    if value is None:
        return
    home = target.make_home(kept)
    if target.sub is None:
        home[target.attribute.name] = value
    elif isinstance(value, list):
        old: Sequence[Any] = home.get(target.attribute.name) or [{} for _ in value]
        home[target.attribute.name] = [{**o, **_part(v, target.sub.name)} for o, v in zip(old, value, strict=True)]
    else:
        home[target.attribute.name] = {**home.get(target.attribute.name, {}), **_part(value, target.sub.name)}


def _part(value: Mapping[str, Any], name: str) -> Json:
    return {name: value[name]} if name in value else {}


def _cut(resource: Json, target: Target) -> None:
    if target.attribute.returned == "always":
        return
    if target.sub is None:
        target.drop(resource)
        return
    value = target.home(resource).get(target.attribute.name)
    for holder in value if isinstance(value, list) else [value] if value else []:
        holder.pop(target.sub.name, None)


def _tidy(resource: Json, target: Target) -> None:
    """Leave out what has none of the parts that are shown: an empty object is no value (RFC 7643 2.5)."""
    value = target.home(resource).get(target.attribute.name) if target.sub is not None else None
    if isinstance(value, list) and {} in value:
        value = target.make_home(resource)[target.attribute.name] = [one for one in value if one]
    if value in ({}, []):
        target.drop(resource)
