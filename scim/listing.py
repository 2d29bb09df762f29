"""GET of a list: filter, page, present (RFC 7644 3.4.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.errors import ScimError
from scim.evaluation import FilterRefused, fulfils, sensible
from scim.filters import Filter, FilterSyntaxError, parse_filter, paths
from scim.finding import Search, drain, search
from scim.identity.links import Link
from scim.identity.map import READS_AT_ONCE
from scim.kind import Kind
from scim.paths import Json, UnknownAttribute, resolve_attribute
from scim.projection import Projection
from scim_adapter import Ask, Get, Native, NotFound, Query

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
Pairs = Sequence[tuple[Native, Link]]
"""Visible records with their links."""
Fields = frozenset[str] | None
"""The native fields that are needed; None when all are."""
FEW = 10
"""Up to so many records of a search are answered by their own rows; longer lists by the overrides."""


@dataclass(frozen=True, slots=True)
class Paging:
    """A window of a list; `start` is 1-based."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page, and how many there are in all."""

    pairs: Pairs
    total: int


async def listing(kind: Kind, parameters: Mapping[str, str], projection: Projection) -> tuple[list[Json], int, int]:
    """The resources of a page, the number of all matches and the index of the first one."""
    paging = _paging(kind, parameters)
    text = parameters.get("filter")
    filter = _parsed(kind, text) if text is not None else None
    ask = kind.asking()
    if filter is not None:
        found = await _filtered(kind, filter, paging, ask, _needed(kind, projection, filter))
    else:
        found = await _plain(kind, paging, ask, kind.fields(projection))
    await kind.introduce(record for record, _ in found.pairs)
    whole = kind.fields(projection) is None
    resources = [kind.shape(record, link, whole=whole) for record, link in found.pairs]
    return resources, found.total, paging.start


def _needed(kind: Kind, projection: Projection, filter: Filter) -> Fields:
    """The native fields that the answer needs, and those that the filter speaks of."""
    fields = kind.fields(projection)
    if fields is None:
        return None
    asked = [resolve_attribute(kind.schema, path) for path in paths(filter)]
    return fields | {b.field.native for target in asked for b in kind.table.of_attribute(target)}


def _paging(kind: Kind, parameters: Mapping[str, str]) -> Paging:
    start = _number(parameters, "startindex", 1)
    count = _number(parameters, "count", kind.options.page_size)
    return Paging(max(1, start), min(max(0, count), kind.options.max_page_size))


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return default
    try:
        return max(-1, min(int(text), 10**9))
    except ValueError:
        wire = {"startindex": "startIndex"}.get(name, name)
        raise ScimError(400, f"{wire} must be a whole number.", "invalidValue") from None


def _parsed(kind: Kind, text: str) -> Filter:
    try:
        filter = parse_filter(text)
        _held(kind, filter)
        sensible(kind.schema, filter)
    except (FilterSyntaxError, FilterRefused) as error:
        raise ScimError(400, str(error), "invalidFilter") from None
    return filter


def _held(kind: Kind, filter: Filter) -> None:
    """Refuse a filter on what no schema knows, and on what this connection does not hold: an empty list would lie."""
    for path in paths(filter):
        try:
            target = resolve_attribute(kind.schema, path)
        except UnknownAttribute as error:
            raise FilterRefused(f"No schema of {kind.type} has the attribute {error}.") from None
        always = target.attribute.name in ("id", "meta", "schemas")
        if not (always or kind.table.of_attribute(target) or kind.keepable(target)):
            raise FilterRefused(f"This connection does not hold {target.text}, so it cannot be searched by it.")
        if target.leaf.returned == "never":
            raise FilterRefused(f"{target.text} is never returned, so it cannot be searched by it.")


# -- with a filter ---------------------------------------------------------------------------------------------------


async def _filtered(kind: Kind, filter: Filter, paging: Paging, ask: Ask, fields: Fields) -> Found:
    asked = await search(kind, filter)
    pairs = []
    async for record, link in _candidates(kind, asked, ask, fields):
        if fulfils(kind.schema, filter, kind.shape(record, link)):
            pairs.append((record, link))
    return Found(pairs[paging.start - 1 : paging.start - 1 + paging.count], len(pairs))


async def _candidates(kind: Kind, asked: Search, ask: Ask, fields: Fields) -> AsyncIterator[tuple[Native, Link]]:
    """Visible records that may match."""
    if asked.nobody:
        return
    if asked.id is not None or asked.kept is not None:
        for link in await _known(kind, asked):
            try:
                yield await kind.fetch(link, ask, fields), link
            except ScimError as error:
                if error.status != 404:
                    raise
        return
    limit = None if asked.where else kind.options.scan_limit
    records = [record async for record in drain(kind, asked.where, ask, limit)]
    links = await (_met(kind, records) if len(records) <= FEW and asked.where else _met_all(kind, records, whole=True))
    visible = [(record, link) for record, link in zip(records, links, strict=True) if link]
    for start in range(0, len(visible), READS_AT_ONCE):
        for pair in await _full(kind, visible[start : start + READS_AT_ONCE], ask, fields):
            yield pair


async def _known(kind: Kind, asked: Search) -> list[Link]:
    if asked.id is not None:
        link = await kind.map.link(kind.type, asked.id)
        return [link] if link else []
    return await kind.map.with_kept(kind.type, *asked.kept) if asked.kept else []


async def _met(kind: Kind, records: Sequence[Native]) -> list[Link | None]:
    links = [await kind.map.meet(kind.type, kind.key_of(record)) for record in records]
    return [link if link.visible else None for link in links]


async def _met_all(kind: Kind, records: Sequence[Native], *, whole: bool) -> list[Link | None]:
    ids = await kind.map.meet_all(kind.type, [kind.key_of(record) for record in records])
    kept: Mapping[str, Link] = {}
    if kind.keeps:
        kept = await kind.map.kept(kind.type, [id for id in ids if id], whole=whole)
    keys = map(kind.key_of, records)
    return [kept.get(id) or Link(id, key) if id else None for id, key in zip(ids, keys, strict=True)]


async def _full(kind: Kind, pairs: Sequence[tuple[Native, Link]], ask: Ask, fields: Fields) -> Pairs:
    """The records themselves, read by their keys where lists lack a field that is needed; who is gone is left out."""
    if not any(fields is None or binding.field.native in fields for binding in kind.unlisted):
        return pairs
    gate = asyncio.Semaphore(READS_AT_ONCE)

    async def one(link: Link) -> Native | None:
        async with gate:
            try:
                return await kind.resource.get(Get(link.key, fields, ask))
            except NotFound:
                return None

    records = await asyncio.gather(*(one(link) for _, link in pairs))
    return [(record, link) for record, (_, link) in zip(records, pairs, strict=True) if record is not None]


# -- without one -----------------------------------------------------------------------------------------------------


async def _plain(kind: Kind, paging: Paging, ask: Ask, fields: Fields) -> Found:
    """A window of all records: natively where that is exact, otherwise cut out of everything."""
    if kind.resource.can.offset and not await kind.map.hides(kind.type):
        query = Query(offset=paging.start - 1, limit=max(1, paging.count), fields=fields, ask=ask)
        page = await kind.resource.find(query)
        if page.total is not None:
            records = list(page.records)[: paging.count]
            return Found(await _visible(kind, records, ask, fields), page.total)
    records = [record async for record in drain(kind, (), ask)]
    await kind.map.refresh(kind.type)
    visible = [record for record in records if not kind.map.hidden(kind.type, kind.key_of(record))]
    window = visible[paging.start - 1 : paging.start - 1 + paging.count]
    return Found(await _visible(kind, window, ask, fields), len(visible))


async def _visible(kind: Kind, records: Sequence[Native], ask: Ask, fields: Fields) -> Pairs:
    links = await _met_all(kind, records, whole=False)
    pairs = [(record, link) for record, link in zip(records, links, strict=True) if link]
    return await _full(kind, pairs, ask, fields)


def message(resources: Sequence[Any], total: int, start: int) -> Json:
    """A ListResponse; its numbers are integers and `Resources` is there even when it is empty."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }
