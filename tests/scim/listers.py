"""Backends that list in their own ways, each with the same people: what a walk by cursor must not notice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from scim_adapter import Can, Invalid, Native, Page, Query
from tests.backends import Shelf


class Lister(Shelf):
    """People whose list is cut by `cut`, `size` records at a time."""

    size = 10

    def __init__(self, people: Iterable[int] = (), can: Can | None = None) -> None:
        super().__init__(can=can or Can())
        for n in people:
            self.join(n)
        self._numbers = itertools.count(10_000)

    def join(self, n: int) -> None:
        """One more person, at the end of the list."""
        self.records[f"k{n}"] = {"key": f"k{n}", "login": f"p{n:05}@x", "enabled": n % 2 == 0, "display": f"{-n}"}

    async def find(self, query: Query) -> Page:
        self._enter("find")
        self.queries.append(query)
        return self.cut([dict(record) for record in self.records.values()], query)

    def cut(self, rows: list[Native], query: Query) -> Page:
        """The page of a query."""
        raise NotImplementedError


class ByOffset(Lister):
    """Any window, with a total; no more than `size` at a time."""

    def __init__(self, people: Iterable[int] = ()) -> None:
        super().__init__(people, Can(offset=True))

    def cut(self, rows: list[Native], query: Query) -> Page:
        return Page(rows[query.offset : query.offset + min(query.limit, self.size)], total=len(rows))


class ByKey(Lister):
    """The records behind a key: its cursors stand where they stood, whoever comes and goes."""

    def cut(self, rows: list[Native], query: Query) -> Page:
        rows = sorted(rows, key=lambda row: number(row["key"]))
        behind = [row for row in rows if query.cursor is None or number(row["key"]) > number(query.cursor)]
        more = len(behind) > self.size
        return Page(behind[: self.size], next=behind[self.size - 1]["key"] if more else None)


class ByNumber(Lister):
    """Cursors that are numbers of records in disguise: removals before them move what they mean."""

    def cut(self, rows: list[Native], query: Query) -> Page:
        start = int(query.cursor or 0)
        more = start + self.size < len(rows)
        return Page(rows[start : start + self.size], next=str(start + self.size) if more else None)


class ByFullPages(ByNumber):
    """The same, and as long as a page has something there may be another one."""

    def cut(self, rows: list[Native], query: Query) -> Page:
        page = super().cut(rows, query)
        return Page(page.records, next=str(int(query.cursor or 0) + self.size) if page.records else None)


class Repeating(ByNumber):
    """It takes no notice of its own cursors."""

    def cut(self, rows: list[Native], query: Query) -> Page:
        return Page(rows[: self.size], next="more")


class Round(ByNumber):
    """Behind its last page it goes on with the page `back`: its cursors go round in a circle."""

    def __init__(self, people: Iterable[int] = (), back: int = 0) -> None:
        super().__init__(people)
        self.back = back

    def cut(self, rows: list[Native], query: Query) -> Page:
        page = super().cut(rows, query)
        return Page(page.records, next=page.next or str(self.back * self.size))


class Forgetting(ByNumber):
    """Its cursors are good once: whoever asks again is refused."""

    def __init__(self, people: Iterable[int] = ()) -> None:
        super().__init__(people)
        self.given: dict[str, str] = {}

    def cut(self, rows: list[Native], query: Query) -> Page:
        if query.cursor is not None and query.cursor not in self.given:
            raise Invalid("This cursor is unknown.")
        start = self.given.pop(query.cursor) if query.cursor else None
        page = super().cut(rows, Query(cursor=start))
        if page.next is None:
            return page
        self.given[name := f"c{next(self._numbers)}"] = page.next
        return Page(page.records, next=name)


class AtOnce(Lister):
    """Everything in one answer."""

    def cut(self, rows: list[Native], query: Query) -> Page:
        return Page(rows)


def number(key: str) -> int:
    """The number in a key."""
    return int(key.removeprefix("k"))


LISTERS: list[Callable[[Iterable[int]], Lister]] = [ByOffset, ByKey, ByNumber, ByFullPages, Forgetting, AtOnce]
