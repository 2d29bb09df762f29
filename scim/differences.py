"""What differs between two states of a resource, and the same in the backend's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scim.errors import invalid_value
from scim.mapping import Binding, Table
from scim.paths import Json
from scim.references import ids
from scim_adapter import Native


@dataclass(frozen=True, slots=True)
class Difference:
    """One mapped value that differs between two states; None means unassigned. References are told by their ids."""

    binding: Binding
    old: Any
    new: Any


def changes(table: Table, before: Json, after: Json) -> list[Difference]:
    """The mapped values that differ. A write-only value differs whenever it is there."""
    found = (_difference(binding, before, after) for binding in table.bindings if binding.field.mutable != "never")
    return [difference for difference in found if difference is not None]


def _difference(binding: Binding, before: Json, after: Json) -> Difference | None:
    old, new = binding.target.read(before), binding.target.read(after)
    if old is None and new is None:
        return None
    if binding.field.ref and binding.field.many:
        old, new = list(ids(old)), list(ids(new))
        return Difference(binding, old, new) if set(old) != set(new) else None
    if binding.field.write_only:
        return Difference(binding, old, new) if new is not None else None
    return None if equal(old, new) else Difference(binding, old, new)


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same; the order of several values means nothing (RFC 7643 section 2.4)."""
    if isinstance(one, list) and isinstance(other, list) and one != other:
        return len(one) == len(other) and sorted(map(_text, one)) == sorted(map(_text, other))
    return type(one) is type(other) and bool(one == other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def native(differences: Iterable[Difference]) -> Native:
    """What to write, in native fields and values; None clears. Two paths on one field must not disagree."""
    written: dict[str, Difference] = {}
    values: Native = {}
    for difference in differences:
        field = difference.binding.field
        earlier = written.setdefault(field.native, difference)
        if not _agree(earlier, difference):
            paths = f"{earlier.binding.path} and {difference.binding.path}"
            raise invalid_value(f"{paths} are one field of the backend; send them alike or only one of them.")
        if earlier is not difference:
            continue
        try:
            values[field.native] = difference.binding.to_native(difference.new)
        except (ValueError, TypeError, LookupError, AttributeError):
            raise invalid_value(f"The backend has no such value of {difference.binding.path}.") from None
    return values


def _agree(one: Difference, other: Difference) -> bool:
    """Whether two paths say the same of their field, as far as the case of its letters means something."""
    exact = one.binding.target.leaf.case_exact or other.binding.target.leaf.case_exact
    texts = isinstance(one.new, str) and isinstance(other.new, str)
    return str(one.new).casefold() == str(other.new).casefold() if texts and not exact else equal(one.new, other.new)


def missing(table: Table, resource: Json) -> Iterator[str]:
    """The required paths without a value and without a default."""
    for binding in table.demanded:
        if binding.target.read(resource) is None:
            yield binding.path
