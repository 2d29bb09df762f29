"""JSON text in pieces: a document with long lists, such as a group of 50,000 members, is never one text in memory."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONEncoder
from typing import Any

SLICE = 1000
"""How many elements of a list are written at once. A list of more is long; no page of a list is."""
LEVELS = 3
"""How deep long lists are looked for: the members of the resources in a list."""
NESTED = (list, dict)
PLAIN = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""How answers are written."""


def long(value: Any, levels: int = LEVELS) -> bool:
    """Whether a JSON value is, or holds, a long list."""
    if isinstance(value, list) and len(value) > SLICE:
        return True
    if levels:
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, NESTED) and long(part, levels - 1):
                return True
    return False


def pieces(value: Any, encoder: JSONEncoder = PLAIN) -> Iterator[str]:
    """The text of a JSON value, piece by piece: joined it is what the encoder makes of the whole."""
    if not isinstance(value, NESTED) or not long(value):
        yield encoder.encode(value)
    elif isinstance(value, dict):
        yield from _object(value, encoder)
    else:
        yield from _array(value, encoder)


def _object(value: dict[str, Any], encoder: JSONEncoder) -> Iterator[str]:
    opening = "{"
    for name, part in sorted(value.items()) if encoder.sort_keys else value.items():
        yield f"{opening}{encoder.encode(name)}{encoder.key_separator}"
        yield from pieces(part, encoder)
        opening = encoder.item_separator
    yield "}"


def _array(value: list[Any], encoder: JSONEncoder) -> Iterator[str]:
    opening = "["
    if len(value) > SLICE:
        for start in range(0, len(value), SLICE):
            yield opening + encoder.encode(value[start : start + SLICE])[1:-1]
            opening = encoder.item_separator
    else:
        for part in value:
            yield opening
            yield from pieces(part, encoder)
            opening = encoder.item_separator
    yield "]"
