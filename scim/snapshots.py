"""Lists that are walked page by page: collected once, read many times.

Where a backend cannot cut a page out itself, all matches are collected for the first page that is asked for. If more
pages can follow they stay for a while, compressed, so that walking N records costs each of them one native read. A walk
so sees one moment; its first page always starts anew, and a write of this process ends what was collected before it.
"""

from __future__ import annotations

import pickle
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from scim.cursors import WIDTH
from scim.identity.links import Link
from scim_adapter import Native

Pair = tuple[Native, Link | None]
"""A record, and its link where that is known."""
CHUNK = 200
"""Records that are compressed together."""
IDLE_SECONDS, AGE_SECONDS = 60.0, 600.0
COUNT, BYTES = 8, 16 * 2**20
"""How much is kept for one resource type of one connection. 100 bytes a record are usual."""


class Snapshot:
    """All matches of one list. Add them, sort them if need be, then take windows out."""

    def __init__(self, *, whole: bool = False) -> None:
        """`whole` says that the records have all that the answer needs, costly fields included."""
        self.whole = whole
        self._packed: list[bytes] = []
        self._loose: list[Pair] = []
        self._ranks: list[Any] = []
        self._marks = bytearray()
        self._length = 0
        self._order: Sequence[int] | None = None

    def __len__(self) -> int:
        return self._length

    @property
    def size(self) -> int:
        """Bytes of what is compressed, and of the marks."""
        return sum(map(len, self._packed)) + len(self._marks)

    def add(self, record: Native, link: Link | None, rank: Any = None, mark: str = "") -> None:
        """Collect one more match; `rank` is what it is sorted by, and `mark` what a cursor finds it by."""
        self._loose.append((record, link))
        self._marks += mark.encode("ascii")
        self._ranks.append(rank)
        self._length += 1
        if len(self._loose) == CHUNK:
            self._pack()

    def sort(self, *, descending: bool) -> None:
        """Sort by the ranks. Equals stay in the order of the backend; descending is the reverse of ascending."""
        self._order = sorted(range(len(self)), key=self._ranks.__getitem__)
        if descending:
            self._order.reverse()

    def marks(self, start: int, count: int) -> list[str]:
        """The marks of up to `count` matches from the 1-based `start` on."""
        return [self._marks[WIDTH * n : WIDTH * (n + 1)].decode("ascii") for n in self._positions(start, count)]

    def find(self, mark: str) -> int | None:
        """How many matches stand before the one with this mark; None when nobody has it."""
        at = self._marks.find(mark.encode("ascii"))
        while at % WIDTH and at > 0:
            at = self._marks.find(mark.encode("ascii"), at + 1)
        if at < 0:
            return None
        return at // WIDTH if self._order is None else self._order.index(at // WIDTH)

    def sealed(self) -> Snapshot:
        """The snapshot as it is kept: all of it compressed, without links, which may change meanwhile."""
        self._ranks = []
        if self._loose:
            self._pack()
        return self

    def _pack(self) -> None:
        self._packed.append(zlib.compress(pickle.dumps([record for record, _ in self._loose]), 1))
        self._loose = []

    def window(self, start: int, count: int) -> list[Pair]:
        """Up to `count` matches from the 1-based `start` on."""
        wanted = self._positions(start, count)
        places: dict[int, list[int]] = {}
        for position in wanted:
            places.setdefault(position // CHUNK, []).append(position)
        found = {p: pair for number, ps in places.items() for p, pair in self._picked(number, ps)}
        return [found[position] for position in wanted]

    def _positions(self, start: int, count: int) -> Sequence[int]:
        return (self._order if self._order is not None else range(len(self)))[start - 1 : start - 1 + count]

    def _picked(self, number: int, positions: Sequence[int]) -> list[tuple[int, Pair]]:
        chunk = self._chunk(number)
        return [(position, chunk[position % CHUNK]) for position in positions]

    def _chunk(self, number: int) -> list[Pair]:
        if number == len(self._packed):
            return self._loose
        records = pickle.loads(zlib.decompress(self._packed[number]))  # noqa: S301 - what this process packed itself
        return [(record, None) for record in records]


@dataclass(slots=True)
class _Kept:
    snapshot: Snapshot
    born: float
    used: float


class Snapshots:
    """The snapshots of one resource type, the least used ones first to go."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self.generation = 0
        """Changes with every write; what was collected in another one is not kept."""

    def find(self, key: Hashable) -> Snapshot | None:
        """What was collected for the same list, if it is not too old."""
        kept, now = self._kept.get(key), self._clock()
        if kept is None:
            return None
        if now - kept.used > IDLE_SECONDS or now - kept.born > AGE_SECONDS:
            del self._kept[key]
            return None
        kept.used = now
        self._kept.move_to_end(key)
        return kept.snapshot

    def keep(self, key: Hashable, snapshot: Snapshot, generation: int) -> None:
        """Keep what was collected in this generation, unless it is too large."""
        if generation != self.generation or snapshot.sealed().size > BYTES:
            return
        now = self._clock()
        self._kept[key] = _Kept(snapshot, now, now)
        while len(self._kept) > COUNT or sum(kept.snapshot.size for kept in self._kept.values()) > BYTES:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: something is being written, or was."""
        self.generation += 1
        self._kept.clear()
