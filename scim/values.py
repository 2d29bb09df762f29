"""The values of a multi-valued attribute: each is there once, and one of them is the primary (RFC 7643 2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from scim.schemas import Attribute

_Places = dict[Any, dict[int, None]]


class Values:
    """The values of one attribute while operations change them, found by what they are: an operation costs as much as
    it changes, however many values there are. The values are those that were given, not copies."""

    def __init__(self, attribute: Attribute, held: Iterable[Any] = ()) -> None:
        self._attribute = attribute
        self._values: dict[int, Any] = {}
        self._keys: dict[int, tuple[Any, Any]] = {}
        self._same: _Places = {}
        self._valued: _Places = {}
        self._primary: dict[int, None] = {}
        for value in held:
            self.append(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values.values())

    def add(self, values: Iterable[Any]) -> None:
        """Add values. The same value of the same type is there once: what else is said of it is added to it; the
        primary value that comes last takes the mark from the others (RFC 7644 3.5.2)."""
        for value in values:
            place = next(iter(self._same.get(_identity(self._attribute, value), ())), None)
            held = self.append(value) if place is None else self._values[place]
            if held is not value and isinstance(held, dict):
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
        same = next(iter(self._same.get(_identity(self._attribute, value), ())), None)
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
        return [self._values[place] for place in self._valued.get(comparable(self._attribute, value), ())]

    def _enter(self, value: Any) -> None:
        place = id(value)
        keys = self._keys[place] = _identity(self._attribute, value), comparable(self._attribute, value)
        for places, key in zip((self._same, self._valued), keys, strict=True):
            places.setdefault(key, {})[place] = None
        if primary(value):
            self._primary[place] = None

    def _leave(self, value: Any) -> None:
        place = id(value)
        for places, key in zip((self._same, self._valued), self._keys[place], strict=True):
            del places[key][place]
        self._primary.pop(place, None)


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
