"""Single values that stand in lists: `email` is the `value` of the element of type work in `emails`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scim_adapter import Native


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-attribute of the element of one type in a list."""

    list: str
    type: str
    name: str = "value"


PARTS: Mapping[str, Part] = {
    "email": Part("emails", "work"),
    "phone": Part("phone_numbers", "work"),
    "mobile": Part("phone_numbers", "mobile"),
    "address": Part("addresses", "work", "formatted"),
    "street": Part("addresses", "work", "streetAddress"),
    "city": Part("addresses", "work", "locality"),
    "region": Part("addresses", "work", "region"),
    "postal_code": Part("addresses", "work", "postalCode"),
    "country": Part("addresses", "work", "country"),
}


def lists_of(fields: frozenset[str] | None) -> frozenset[str] | None:
    """The fields to read for these: for a part, its list."""
    return None if fields is None else fields | {PARTS[name].list for name in fields & PARTS.keys()}


def shown(record: Native) -> Native:
    """The parts of the lists in a record."""
    return {name: _element(record.get(part.list) or [], part).get(part.name) for name, part in PARTS.items()}


def joined(native: Native, held: Native) -> Native:
    """Values to write with their parts put into the lists, which stand in `native` or else in `held`."""
    values = {name: value for name, value in native.items() if name not in PARTS}
    for name in native.keys() & PARTS.keys():
        part = PARTS[name]
        elements = [dict(one) for one in values.get(part.list, held.get(part.list)) or []]
        values[part.list] = _with(elements, part, native[name])
    return values


def _with(elements: list[Native], part: Part, value: object) -> list[Native]:
    element = _element(elements, part)
    if not element:
        elements.append(element)
    element.update({"type": part.type, part.name: value})
    if value is None:
        del element[part.name]
    return [one for one in elements if one.keys() - {"type", "primary"}]


def _element(elements: list[Native], part: Part) -> Native:
    return next((one for one in elements if str(one.get("type")).casefold() == part.type), {})
