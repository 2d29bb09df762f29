"""Searches whose parameters stand in a body, and searches over all resource types (RFC 7644 3.4.3 and 3.4.2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scim.asked import Asked
from scim.errors import ScimError, invalid_value
from scim.kind import Kind
from scim.listing import Part, message, walk
from scim.pages import page
from scim.paths import Json
from scim.projection import Projection
from scim.sorting import LACKING, Order

TEXTS = ("filter", "sortBy", "sortOrder", "cursor")
LISTS = ("attributes", "excludedAttributes")
NUMBERS = ("startIndex", "count")


def parameters_of(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a SearchRequest, as a query has them: lower-case name to text. What is null is not there."""
    sent = {name.lower(): value for name, value in body.items() if value is not None}
    found: dict[str, str] = {}
    for name in (*TEXTS, *LISTS, *NUMBERS):
        if (value := sent.get(name.lower())) is not None:
            found[name.lower()] = _text(name, value)
    return found


def _text(name: str, value: Any) -> str:
    if name in NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in LISTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if isinstance(value, str):
        return value
    kind = "a number" if name in NUMBERS else "an array of strings" if name in LISTS else "a string"
    raise invalid_value(f"{name} of a search must be {kind}.")


async def everywhere(kinds: Sequence[Kind], parameters: Mapping[str, str]) -> Json:
    """The ListResponse of a search over all resource types: one type after the other, or all in the order asked for.

    A type that lacks an attribute of the filter has no matches; 400 where all of them do.
    """
    parts = _parts(kinds, parameters)
    if not parts:
        return message([], 0, 1)
    for part in parts:
        await part.kind.prepare()
    if (cursor := parts[0].asked.cursor) is not None:
        return await walk(parts, ["", *(parameters.get(name.lower()) for name in TEXTS[:3])], cursor)
    start, count = parts[0].asked.start, parts[0].asked.count
    found = await (_merged if any(part.asked.order for part in parts) else _in_turn)(parts, start, count)
    return message(found[0], found[1], start)


def _parts(kinds: Sequence[Kind], parameters: Mapping[str, str]) -> list[Part]:
    parts: list[Part] = []
    refused: list[ScimError] = []
    orders = _orders(kinds, parameters)
    for kind in kinds:
        sent = parameters if kind in orders else {k: v for k, v in parameters.items() if k != "sortby"}
        projection = Projection(kind.schema, sent)
        try:
            parts.append(Part(kind, Asked.of(kind, sent, projection), projection))
        except ScimError as error:
            if error.scim_type != "invalidFilter":
                raise
            refused.append(error)
    if refused and not parts:
        raise refused[0]
    return parts


def _orders(kinds: Sequence[Kind], parameters: Mapping[str, str]) -> list[Kind]:
    """The types that can be sorted as asked; the others have no such value."""
    able: list[Kind] = []
    refused: list[ScimError] = []
    for kind in kinds:
        try:
            Order.of(kind, parameters)
            able.append(kind)
        except ScimError as error:
            refused.append(error)
    if refused and not able:
        raise refused[0]
    return able


async def _in_turn(parts: Sequence[Part], start: int, count: int) -> tuple[list[Json], int]:
    """A window of the types' lists, one behind the other."""
    resources: list[Json] = []
    total = 0
    for part in parts:
        first, wanted = max(1, start - total), count - len(resources)
        shown, matches = await _window(part, first, wanted if start + count > total else 0)
        resources += [part.projection.of(one) for one in shown]
        total += matches
    return resources, total


async def _merged(parts: Sequence[Part], start: int, count: int) -> tuple[list[Json], int]:
    """A window of all types' resources in one order."""
    ranked: list[tuple[Any, Part, Json]] = []
    total = 0
    for part in parts:
        shown, matches = await _window(part, 1, start - 1 + count)
        total += matches
        ranked += [(part.asked.order.rank(one) if part.asked.order else LACKING, part, one) for one in shown]
    descending = any(part.asked.order and part.asked.order.descending for part in parts)
    ranked.sort(key=lambda one: one[0], reverse=descending)
    return [part.projection.of(one) for _, part, one in ranked[start - 1 : start - 1 + count]], total


async def _window(part: Part, start: int, count: int) -> tuple[list[Json], int]:
    kind, asked = part.kind, replace(part.asked, start=start, count=count)
    pairs, total = await page(kind, asked, kind.asking())
    await kind.introduce((record for record, _ in pairs), part.projection)
    return [kind.shape(record, link, whole=asked.shown is None) for record, link in pairs], total
