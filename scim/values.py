"""The values of a multi-valued attribute: each is there once, and one of them is the primary (RFC 7643 2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from scim.errors import ScimError
from scim.schemas import Attribute

SAME = ""
"""The index by what makes a value itself; the others have the names of sub-attributes."""
MAX_COMPARED = 500_000
"""Values of one attribute with which the paths of one PATCH are compared: some seconds."""


class Values:
    """The values of one attribute while operations change them, found by what they are: an operation costs as much as
    it changes, however many values there are. The values are those that were given, not copies."""

    def __init__(self, attribute: Attribute, held: Iterable[Any] = ()) -> None:
        self._attribute = attribute
        self._values: dict[int, Any] = {}
        self._indexes: dict[str, dict[Any, dict[int, None]]] = {SAME: {}}
        self._keys: dict[int, dict[str, Any]] = {}
        self._primary: dict[int, None] = {}
        self._compared = 0
        for value in held:
            self.append(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values.values())

    def add(self, values: Iterable[Any]) -> None:
        """Add values. The same value of the same type is there once: what else is said of it is added to it; the
        primary value that comes last takes the mark from the others (RFC 7644 3.5.2)."""
        for value in values:
            place = next(iter(self._indexes[SAME].get(_identity(self._attribute, value), ())), None)
            held = self.append(value) if place is None else self._values[place]
            if isinstance(held, dict):
                held.update(value)
            self.changed(held)

    def append(self, value: Any) -> Any:
        """Add one value as it is, behind the others."""
        self._values[id(value)] = value
        self._enter(value)
        return value

    def changed(self, value: Any) -> None:
        """Take note of what a value is now. One that has become the same as another is one with it; one that is the
        primary takes the mark from the others."""
        self._leave(value)
        value = self._united(value)
        if primary(value):
            for other in self._primary:
                self._values[other]["primary"] = False
            self._primary.clear()
        self._enter(value)

    def _united(self, value: Any) -> Any:
        """A value, or the one that it has become the same as, with what is said of both."""
        same = next(iter(self._indexes[SAME].get(_identity(self._attribute, value), ())), None)
        if same is None:
            return value
        del self._values[id(value)]
        other = self._values[same]
        self._leave(other)
        if isinstance(other, dict):
            other.update({**value, "primary": True} if primary(other) else value)
        return other

    def discard(self, value: Any) -> None:
        """Take one of the values out."""
        self._leave(value)
        del self._values[id(value)]

    def valued(self, value: Any) -> list[Any]:
        """The elements that a filter would find equal to a value, or to the value of an element."""
        wanted = comparable(self._attribute, value)
        return [one for one in self.like("value", wanted) if comparable(self._attribute, one) == wanted]

    def like(self, sub: str, wanted: Any) -> list[Any]:
        """The elements of which a sub-attribute is equal to this one, whatever the case of its letters."""
        if sub not in self._indexes:
            self._indexes[sub] = {}
            for place, value in self._values.items():
                self._put(sub, place, value)
        return [self._values[place] for place in self._indexes[sub].get(_folded(sub, {sub: wanted}), ())]

    def compare(self, values: list[Any]) -> list[Any]:
        """Values that a filter is to be compared with, as they are; 413 when a PATCH compares far too many."""
        self._compared += len(values)
        if self._compared > MAX_COMPARED:
            detail = (
                f"The paths of this PATCH select among too many values of {self._attribute.name}; send it in parts."
            )
            raise ScimError(413, detail, "tooMany")
        return values

    def _enter(self, value: Any) -> None:
        place = id(value)
        self._keys[place] = {}
        for name in self._indexes:
            self._put(name, place, value)
        if primary(value):
            self._primary[place] = None

    def _put(self, index: str, place: int, value: Any) -> None:
        key = _identity(self._attribute, value) if index == SAME else _folded(index, value)
        self._keys[place][index] = key
        self._indexes[index].setdefault(key, {})[place] = None

    def _leave(self, value: Any) -> None:
        place = id(value)
        for name, key in self._keys[place].items():
            del self._indexes[name][key][place]
        self._primary.pop(place, None)


def _folded(sub: str, element: Any) -> Any:
    value = element.get(sub) if isinstance(element, dict) else element
    return value.casefold() if isinstance(value, str) else value


def _identity(attribute: Attribute, value: Any) -> Any:
    """What makes a value itself: a reference's id, else value and type, else all of it."""
    if not isinstance(value, dict):
        return value
    if "value" not in value:
        return json.dumps(value, sort_keys=True)
    id = comparable(attribute, value)
    return id if attribute.sub("$ref") else (id, str(value.get("type") or "").casefold())


def comparable(attribute: Attribute, element: Any) -> Any:
    """The value of an element, as a filter would compare it."""
    value, sub = element.get("value") if isinstance(element, dict) else element, attribute.sub("value")
    return value if not isinstance(value, str) or (sub and sub.case_exact) else value.casefold()


def primary(value: Any) -> bool:
    """Whether a value has the mark of the primary one."""
    return isinstance(value, dict) and value.get("primary") is True
