"""GET of a list (RFC 7644 3.4.2), by index (3.4.2.4) or by cursor (RFC 9865)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.asked import Asked
from scim.cursors import PURPOSE, START, Cursor, Place, Seal, invalid
from scim.deadline import within
from scim.kind import Kind
from scim.pages import linked, page
from scim.paths import Json
from scim.projection import Projection
from scim.sorting import LACKING
from scim.walking import Stretch, ahead

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of one resource type."""

    kind: Kind
    asked: Asked
    projection: Projection


async def listing(kind: Kind, parameters: Mapping[str, str], projection: Projection) -> Json:
    """The ListResponse of a request for one resource type."""
    asked = Asked.of(kind, parameters, projection)
    if asked.cursor is not None:
        return await walk([Part(kind, asked, projection)], [kind.type, *asked.query], asked.cursor)
    pairs, total = await page(kind, asked, kind.asking())
    await kind.introduce((record for record, _ in pairs), projection)
    whole = asked.shown is None
    resources = [projection.of(kind.shape(record, link, whole=whole)) for record, link in pairs]
    return message(resources, total, asked.start)


def message(resources: Sequence[Any], total: int, start: int) -> Json:
    """A ListResponse; its numbers are integers and `Resources` is there even when it is empty."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


# -- by cursor -------------------------------------------------------------------------------------------------------


async def walk(parts: Sequence[Part], query: Sequence[str | None], text: str) -> Json:
    """One page of a walk over one or several resource types. A cursor is good for this `query` alone.

    The total is told where it is known whatever the backend can do: in every page of a filtered or sorted list of one
    type, and in the last page of any list.
    """
    seal = Seal(parts[0].kind.map.secret(PURPOSE), query)
    cursor = seal.read(text) if text else Cursor([START] * len(parts))
    if len(cursor.places) != len(parts):
        raise invalid()
    with within(parts[0].kind.options.read_deadline):
        bring = _merged if len(parts) > 1 and _sorted(parts) else _in_turn
        resources, places, total = await bring(parts, cursor.places)
    shown = cursor.shown + len(resources)
    answer: Json = {"schemas": [LIST_RESPONSE]}
    if (known := shown if not any(places) else total) is not None:
        answer["totalResults"] = known
    answer["itemsPerPage"] = len(resources)
    if any(places):
        answer["nextCursor"] = seal.write(Cursor(places, shown))
    return {**answer, "Resources": resources}


def _sorted(parts: Sequence[Part]) -> bool:
    return any(part.asked.order for part in parts)


Walked = tuple[list[Json], list[Place | None], int | None]
"""The resources of a page, where each part stands after it, and the number of all matches where that is known."""


async def _in_turn(parts: Sequence[Part], places: Sequence[Place | None]) -> Walked:
    """A page of the types' lists, one behind the other."""
    resources: list[Json] = []
    after = list(places)
    total: int | None = None
    for number, (part, place) in enumerate(zip(parts, places, strict=True)):
        if place is None:
            continue
        count = part.asked.count - len(resources)
        stretch = await ahead(part.kind, part.asked, place, count, part.kind.asking())
        taken = stretch.fitting(count)
        resources += [part.projection.of(one) for one in await _shaped(part, stretch, taken)]
        total = stretch.total if len(parts) == 1 else None
        after[number] = stretch.after(taken)
        if after[number] is not None:
            break
    return resources, after, total


async def _merged(parts: Sequence[Part], places: Sequence[Place | None]) -> Walked:
    """A page of all types' resources in one order."""
    count = parts[0].asked.count
    going = [(n, part, place) for n, (part, place) in enumerate(zip(parts, places, strict=True)) if place is not None]
    stretches = {n: await ahead(part.kind, part.asked, place, count, part.kind.asking()) for n, part, place in going}
    ranked: list[tuple[Any, int, Json]] = []
    for n, part, _ in going:
        shown = await _shaped(part, stretches[n], stretches[n].fitting(count))
        ranked += [(part.asked.order.rank(one) if part.asked.order else LACKING, n, one) for one in shown]
    ranked.sort(key=lambda one: one[0], reverse=any(part.asked.order and part.asked.order.descending for part in parts))
    chosen = ranked[:count]
    after = list(places)
    for n, stretch in stretches.items():
        after[n] = stretch.after(sum(m == n for _, m, _ in chosen))
    return [parts[n].projection.of(one) for _, n, one in chosen], after, None


async def _shaped(part: Part, stretch: Stretch, taken: int) -> list[Json]:
    kind, asked = part.kind, part.asked
    pairs = await linked(kind, asked, stretch.pairs[:taken], kind.asking(), whole=stretch.whole)
    await kind.introduce((record for record, _ in pairs), part.projection)
    return [kind.shape(record, link, whole=asked.shown is None) for record, link in pairs]
