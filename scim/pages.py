"""One window of a list: cut out by the backend where that is exact, else collected, sorted and cut out here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from scim.asked import Asked, Fields
from scim.cursors import PURPOSE, mark
from scim.errors import ScimError
from scim.evaluation import fulfils
from scim.finding import drain
from scim.identity.links import Link
from scim.kind import Kind
from scim.narrowing import Search, by_name, search
from scim.references import listed
from scim.renames import met
from scim.snapshots import Pair, Snapshot
from scim.together import READS_AT_ONCE, together
from scim_adapter import Ask, Condition, Get, Native, NotFound, Query

Pairs = Sequence[tuple[Native, Link]]
"""Visible records with their links."""
MOST = 500_000
"""References that the resources of a page may have together where they are read one by one: half a GiB, as measured."""
PARTS = 20
"""Pages of a backend in one of ours; where even they do not fill it, it is shorter than was asked for."""
FEW = 10
"""Up to so many records of a search are answered by their own rows; longer lists by the overrides."""


async def page(kind: Kind, asked: Asked, ask: Ask) -> tuple[Pairs, int]:
    """One window, and how many matches there are in all."""
    snapshot = kind.snapshots.find(asked.list) if asked.start > 1 else None
    if snapshot is None:
        if asked.filter is None and (cut := await _cut(kind, asked, ask)) is not None:
            return cut
        snapshot = await collected(kind, asked, ask)
    window = snapshot.window(asked.start, asked.count)
    return await linked(kind, asked, window, ask, whole=snapshot.whole), len(snapshot)


async def _cut(kind: Kind, asked: Asked, ask: Ask) -> tuple[Pairs, int] | None:
    """A window of all records that the backend itself cuts out; None where that would not be exact."""
    order = asked.order.native(kind) if asked.order else None
    exact = kind.resource.can.offset and (order is not None or asked.order is None)
    if not exact or await kind.map.hides(kind.type):
        return None
    descending = asked.order is not None and asked.order.descending
    query = Query((), order, descending, limit=max(1, asked.count), fields=asked.shown, ask=ask)
    if (found := await _window(kind, query, asked.start - 1)) is None:
        return None
    records, total = found
    once = {kind.key_of(record): record for record in reversed(records[: asked.count]) if kind.usable(record)}
    window: Sequence[Pair] = [(record, None) for record in reversed(once.values())]
    return await linked(kind, asked, window, ask), total


async def _window(kind: Kind, query: Query, start: int) -> tuple[Sequence[Native], int] | None:
    """The records from `start` on and the total; None where the backend tells none. It may hold its pages shorter than
    ours, and a client that counts on in steps of `count` would never see who is left out."""
    records, total = list[Native](), 0
    for _ in range(PARTS):
        wanted = replace(query, offset=start + len(records), limit=query.limit - len(records))
        found = await kind.resource.find(wanted)
        if found.total is None:
            return None
        records, total = [*records, *found.records], found.total
        whole = not found.records or len(records) >= query.limit or start + len(records) >= total
        if whole or query.ask.left < kind.options.read_deadline / 4:
            break
    return records, total


async def collected(kind: Kind, asked: Asked, ask: Ask) -> Snapshot:
    """All matches; kept for the pages to come when there are any."""
    found, generation = await search(kind, asked.filter) if asked.filter else Search(), kind.snapshots.generation
    snapshot, secret = Snapshot(whole=asked.costly or found.by_link), kind.map.secret(PURPOSE)
    async for record, link in _plain(kind, ask) if asked.everything else _candidates(kind, asked, found, ask):
        if link is None:
            snapshot.add(record, None, mark=mark(secret, kind.map.shown(kind.type, kind.key_of(record)) or ""))
            continue
        resource = kind.shape(record, link) if asked.judged is None else kind.part(record, link, asked.judged)
        if asked.filter is None or fulfils(kind.schema, asked.filter, resource):
            rank = asked.order.rank(resource) if asked.order else None
            snapshot.add(record, link, rank, mark(secret, link.id, rank))
    if asked.order:
        snapshot.sort(descending=asked.order.descending)
    if len(snapshot) >= asked.start + asked.count:
        kind.snapshots.keep(asked.list, snapshot, generation)
    return snapshot


async def linked(kind: Kind, asked: Asked, window: Sequence[Pair], ask: Ask, *, whole: bool = False) -> Pairs:
    """The pairs of a window that are visible now, with all that the answer needs; `whole` ones have it already."""
    if any(link is None for _, link in window):
        records = [record for record, _ in window]
        links = await _met_all(kind, records, whole=False)
        window = list(zip(records, links, strict=True))
    pairs = [(record, link) for record, link in window if link is not None]
    return pairs if whole else await _full(kind, pairs, ask, asked.shown, shown=True)


# -- collecting ------------------------------------------------------------------------------------------------------


async def _plain(kind: Kind, ask: Ask) -> AsyncIterator[Pair]:
    await kind.map.refresh(kind.type)
    async for record in drain(kind, (), ask):
        if not kind.map.hidden(kind.type, kind.key_of(record)):
            yield record, None


async def _candidates(kind: Kind, asked: Asked, found: Search, ask: Ask) -> AsyncIterator[tuple[Native, Link]]:
    """Visible records that may match, with all that filter and order speak of."""
    if found.nobody:
        return
    if found.by_link:
        known = await _known(kind, found)
        for link in known:
            try:
                if await _in_question(kind, link, found, ask):
                    yield await kind.fetch(link, ask, asked.tested), link
            except ScimError as error:
                if error.status != 404:
                    raise
        named = None if known else by_name(kind, found)
        if named is None:
            return
        found = named
    limit = None if found.where or asked.filter is None else kind.options.scan_limit
    records = [record async for record in drain(kind, found.where, ask, limit)]
    few = len(records) <= FEW and found.where
    links = await (_met(kind, records, ask) if few else _met_all(kind, records, whole=True))
    visible = [(record, link) for record, link in zip(records, links, strict=True) if link]
    for start in range(0, len(visible), READS_AT_ONCE):
        batch = visible[start : start + READS_AT_ONCE]
        for pair in await _full(kind, batch, ask, asked.tested) if asked.costly else batch:
            yield pair


async def _known(kind: Kind, asked: Search) -> list[Link]:
    if asked.id is not None:
        link = await kind.map.link(kind.type, asked.id)
        return [link] if link else []
    return await kind.map.with_kept(kind.type, *asked.kept) if asked.kept else []


async def _in_question(kind: Kind, link: Link, found: Search, ask: Ask) -> bool:
    """Whether the backend's own search leaves a record over: only then its members are read to see who is there."""
    if not found.where or kind.resource.can.mutable_key:
        return True
    key, can = kind.resource.key, kind.resource.can.filter
    mine = (Condition(key, "eq", (link.key,)),) if "eq" in can.get(key, ()) else ()
    return any([kind.key_of(record) == link.key async for record in drain(kind, (*mine, *found.where), ask)])


async def _met(kind: Kind, records: Sequence[Native], ask: Ask) -> list[Link | None]:
    links = [await met(kind, record, ask) for record in records]
    return [link if link.visible else None for link in links]


async def _met_all(kind: Kind, records: Sequence[Native], *, whole: bool) -> list[Link | None]:
    ids = await kind.map.meet_all(kind.type, [kind.key_of(record) for record in records])
    kept: Mapping[str, Link] = {}
    if kind.holding.any_kept:
        kept = await kind.map.kept(kind.type, [id for id in ids if id], whole=whole)
    keys = map(kind.key_of, records)
    return [kept.get(id) or Link(id, key) if id else None for id, key in zip(ids, keys, strict=True)]


async def _full(kind: Kind, pairs: Pairs, ask: Ask, fields: Fields, *, shown: bool = False) -> Pairs:
    """The records themselves, read by their keys where lists lack a field that is needed; who is gone is left out.

    400 tooMany where they are to be `shown` and no memory would hold all their references; any one alone is shown.
    """
    if not any(fields is None or binding.field.native in fields for binding in kind.unlisted):
        return pairs
    held = 0

    async def one(pair: tuple[Native, Link]) -> Native | None:
        nonlocal held
        try:
            record = await kind.resource.get(Get(pair[1].key, fields, ask))
        except NotFound:
            return None
        held += sum(len(listed(record.get(binding.field.native))) for binding in kind.unlisted)
        if shown and held > MOST and len(pairs) > 1:
            raise _too_many(kind)
        return record

    records = await together(one, pairs)
    return [(record, link) for record, (_, link) in zip(records, pairs, strict=True) if record is not None]


def _too_many(kind: Kind) -> ScimError:
    names = ", ".join(binding.path for binding in kind.unlisted)
    detail = f"This page would be too large: ask for fewer {kind.type}s at once (count), or without {names}."
    return ScimError(400, detail, "tooMany")
