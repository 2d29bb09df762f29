"""The next matches of a walk by cursor: a plain list follows the backend's own pages, any other one is a snapshot.

A plain list is never collected, however long it is: each page of the walk begins with the native page in which the one
before it ended. Its place there is found by the marks around it. Where these are gone, because others were removed
before it, the list is read from its beginning until they are seen again. A plain list is collected only where the
backend forgets its own cursors once they were used.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scim.asked import Asked
from scim.cursors import NEIGHBOURS, PURPOSE, Hint, Place, expired, mark
from scim.finding import PAGE
from scim.kind import Kind
from scim.pages import collected
from scim.snapshots import Pair, Snapshot
from scim_adapter import Ask, Invalid, Native, NotFound, Query, Stale

COLLECTED = -1
"""The offset of a place in a plain list whose backend takes none of its own cursors twice."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Matches from a place on, each with its mark and where it stands."""

    pairs: Sequence[Pair]
    marks: Sequence[str]
    hints: Sequence[Hint]
    ended: bool
    """Whether nothing follows; else the last one is not for this page, but begins the next."""
    before: Sequence[str] = ()
    whole: bool = False
    total: int | None = None

    def fitting(self, count: int) -> int:
        """How many of them a page of `count` may show."""
        return min(count, len(self.pairs) - (not self.ended))

    def after(self, taken: int) -> Place | None:
        """Where the walk stands once so many were shown; None at its end."""
        if taken == len(self.pairs):
            return None
        last = [*self.before, *self.marks[:taken]][-NEIGHBOURS:]
        return Place(self.hints[taken], self.marks[taken], last)


async def ahead(kind: Kind, asked: Asked, place: Place, count: int, ask: Ask) -> Stretch:
    """Up to `count` matches and the one behind them; 400 expiredCursor where the place cannot be found any more."""
    if not asked.everything or place.hint.offset == COLLECTED:
        return await _of_snapshot(kind, asked, place, count, ask)
    await kind.map.refresh(kind.type)
    stretch = await _resumed(kind, asked, place, count, ask)
    if stretch is None:
        stretch = await _resumed(kind, asked, await _found_again(kind, asked, place, ask), count, ask)
    return stretch or await _of_snapshot(kind, asked, place, count, ask)


def _standing(find: Callable[[str], int | None], place: Place) -> int | None:
    """How many resources stand before a place, by its neighbours. Some may be gone; where they disagree, because
    somebody has moved, the next one counts unless most of the last ones stand behind it."""
    if not place.next:
        return 0
    behind = [found + 1 for one in place.last if (found := find(one)) is not None]
    at = find(place.next)
    if at is None or not behind:
        return at if at is not None else max(behind, default=None)
    before = [n for n in behind if n <= at]
    return max(before if 2 * len(before) >= len(behind) else behind)


# -- snapshots -------------------------------------------------------------------------------------------------------


async def _of_snapshot(kind: Kind, asked: Asked, place: Place, count: int, ask: Ask) -> Stretch:
    snapshot = kind.snapshots.find(asked.list) if place.next else None
    at = _place_in(snapshot, place) if snapshot else None
    if snapshot is None or at is None:
        snapshot = await collected(kind, replace(asked, start=1, count=count), ask)
        at = _place_in(snapshot, place)
    if at is None:
        raise expired()
    pairs = snapshot.window(at + 1, count + 1)
    return Stretch(
        pairs,
        snapshot.marks(at + 1, count + 1),
        [Hint(COLLECTED if asked.everything else at + n) for n in range(len(pairs))],
        ended=at + len(pairs) == len(snapshot),
        before=place.last,
        whole=snapshot.whole,
        total=None if asked.everything else len(snapshot),
    )


def _place_in(snapshot: Snapshot, place: Place) -> int | None:
    same = place.next and snapshot.marks(place.hint.offset + 1, 1) == [place.next]
    return place.hint.offset if same else _standing(snapshot.find, place)


# -- the backend's own pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    record: Native
    mark: str
    hint: Hint


class _Reader:
    """Reads a plain list from a native page on, each visible record once. A page that brings nothing new ends it, and
    so does one that the walk has left behind: the backend's cursors lead in a circle."""

    def __init__(self, kind: Kind, asked: Asked, begin: Hint, ask: Ask) -> None:
        self._kind, self._fields, self._ask = kind, asked.shown, ask
        self._offset, self._cursor, self._way = begin.offset, begin.native, begin.way
        self._seen: set[str] = set()
        self._secret = kind.map.secret(PURPOSE)
        self.ended = False

    async def page(self, count: int) -> list[_Step]:
        """The visible records of the next native page, of which `count` are needed."""
        kind, by_offset = self._kind, self._kind.resource.can.offset and self._cursor is None
        limit = min(max(1, count), kind.options.max_page_size) if by_offset else PAGE
        begin = Hint(self._offset, self._cursor, self._way)
        page = await kind.resource.find(
            Query((), offset=self._offset, cursor=self._cursor, limit=limit, fields=self._fields, ask=self._ask)
        )
        fresh = {
            kind.key_of(record): (record, Hint(self._offset + n) if by_offset else begin)
            for n, record in reversed(list(enumerate(page.records)))
            if kind.usable(record) and kind.key_of(record) not in self._seen
        }
        if not by_offset and self._round(page.records):
            fresh = {}
        self._seen.update(fresh)
        self._offset, self._cursor = self._offset + len(page.records), page.next
        more = kind.resource.can.offset and page.total is not None and self._offset < page.total
        self.ended = not fresh or (page.next is None and not more)
        ids = await self._ids(list(reversed(fresh)))
        return [_Step(fresh[key][0], mark(self._secret, id), fresh[key][1]) for key, id in ids.items() if id]

    def _round(self, records: Sequence[Native]) -> bool:
        """Whether a page was left behind already; else it is from now on."""
        left = mark(self._secret, json.dumps([str(record.get(self._kind.resource.key)) for record in records]))
        if left in self._way.marks:
            return True
        self._way = self._way.behind(left)
        return False

    async def _ids(self, keys: Sequence[str]) -> dict[str, str | None]:
        """The ids of records, None for hidden ones. Who is not shown needs no row, but to tell who has a left key."""
        map, type = self._kind.map, self._kind.type
        ids = {key: map.shown(type, key) for key in keys}
        left = [key for key, id in ids.items() if id is None and not map.hidden(type, key)]
        return ids | dict(zip(left, await map.meet_all(type, left), strict=True)) if left else ids


async def _resumed(kind: Kind, asked: Asked, place: Place, count: int, ask: Ask) -> Stretch | None:
    try:
        return await _read(kind, asked, place, count, ask)
    except (Invalid, NotFound, Stale):
        if place.hint.native is None:
            raise
        return None  # the backend has forgotten its own cursor


async def _read(kind: Kind, asked: Asked, place: Place, count: int, ask: Ask) -> Stretch | None:
    """The stretch at a place; None when the place is not in the native page where it was.

    It ends early when time grows short: a slow backend makes short pages, not failing ones.
    """
    reader = _Reader(kind, asked, place.hint, ask)
    steps = await reader.page(count + 1)
    seen = {step.mark: n for n, step in enumerate(steps)}
    at = _standing(seen.get, place)
    if at is None or (place.next and seen.keys().isdisjoint([place.next, *place.last[-1:]])):
        return None  # of two that are not in sight one may be behind the page
    steps = steps[at:]
    while len(steps) <= count and not reader.ended:
        if len(steps) > 1 and ask.left < kind.options.read_deadline / 4:
            break
        steps += await reader.page(count + 1 - len(steps))
    ended = reader.ended and len(steps) <= count
    steps = steps[: count + 1]
    pairs = [(step.record, None) for step in steps]
    return Stretch(pairs, [s.mark for s in steps], [s.hint for s in steps], ended, before=place.last)


async def _found_again(kind: Kind, asked: Asked, place: Place, ask: Ask) -> Place:
    """The same place where it is now, looked for from the beginning of the list as long as time allows."""
    reader, numbers = _Reader(kind, asked, Hint(), ask), itertools.count()
    found: dict[str, tuple[int, Hint]] = {}
    neighbours = {place.next, *place.last}
    while not reader.ended and len(found) < len(neighbours):
        if ask.left < kind.options.read_deadline / 2:
            raise expired()
        for step, number in zip(await reader.page(PAGE), numbers, strict=False):
            if step.mark in neighbours:
                found[step.mark] = number, step.hint
    at = _standing({mark: n for mark, (n, _) in found.items()}.get, place)
    if at is None:
        raise expired()
    hint = next(hint for n, hint in found.values() if n in (at, at - 1))
    last = [one for one in place.last if one in found and found[one][0] < at]
    return replace(place, hint=hint, last=last)
