"""One page of a search: by offset with a total, by cursor, or everything at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scim_adapter import Invalid, Page, Query

from . import search
from .database import Database, Work
from .keys import key_of, row_of
from .records import names, record, selection
from .schema import Shape

Paging = Literal["offset", "cursor", "none"]
WINDOW = 200
"""Records of a plain list that are read in the event loop: 100 take 0.7 ms, and 2 ms to become resources."""


@dataclass(frozen=True, slots=True)
class Finder:
    """What a search of one table may do natively."""

    shape: Shape
    places: Mapping[str, search.Place]
    """Where it may compare; none for a backend that cannot filter."""
    sorts: Mapping[str, search.Place]
    paging: Paging = "offset"

    async def find(self, database: Database, query: Query, work: Work[Page]) -> Page:
        """The page by `work`, in the thread unless the engine has more to do with the records than it takes to read."""
        if search.one(query.where, self.places):
            return await database.glance(work)
        if query.where or query.order or query.limit > WINDOW or self.paging == "none":
            return await database.read(work)
        await asyncio.sleep(0)  # who reads window after window lets others have their turn
        return await database.glance(work)

    def page(self, connection: sqlite3.Connection, query: Query) -> Page:
        """The page asked for, of one state of the directory."""
        where, parameters = search.where(query.where, self.places)
        terms = self._terms(query.order)
        direction = " desc" if query.descending and query.order in self.sorts else ""
        order = f" order by {', '.join(term + direction for term in terms)}"
        match self.paging:
            case "none":
                return Page(self._rows(connection, query, f"{where}{order}", parameters))
            case "cursor":
                return self._after(connection, query, (where, parameters), terms, direction)
        window = (*parameters, query.limit, query.offset)
        rows = self._rows(connection, query, f"{where}{order} limit ? offset ?", window)
        if len(rows) < query.limit and (rows or not query.offset):
            return Page(rows, total=query.offset + len(rows))
        statement = f"select count(*) from {self.shape.table}{where}"  # noqa: S608 - all values are parameters
        [[total]] = connection.execute(statement, parameters).fetchall()
        return Page(rows, total=total)

    def _terms(self, order: str | None) -> list[str]:
        """What to sort by; the id at last, so that pages neither repeat nor lose a record."""
        place = self.sorts.get(order or "")
        if place is None:
            return ["id"]
        if not place.optional:
            return [str(place.sql), "id"]
        value = f"coalesce({place.sql}, '')"
        return [f"{value} = ''", value, "id"]

    def _rows(self, connection: sqlite3.Connection, query: Query, tail: str, parameters: Sequence[Any]) -> list[Any]:
        read = names(self.shape, query.fields)
        statement = f"select {selection(read)} from {self.shape.table}{tail}"  # noqa: S608
        return [record(self.shape, read, row) for row in connection.execute(statement, parameters)]

    def _after(
        self,
        connection: sqlite3.Connection,
        query: Query,
        narrowed: tuple[str, list[Any]],
        terms: Sequence[str],
        direction: str,
    ) -> Page:
        """The records after the one whose key is the cursor, and the key of the last of them if there are more."""
        where, parameters = narrowed
        if query.cursor is not None:
            beyond = self._beyond(connection, query.cursor, terms)
            marks = ", ".join("?" for _ in terms)
            where += f"{' and' if where else ' where'} ({', '.join(terms)}) {'<' if direction else '>'} ({marks})"
            parameters = [*parameters, *beyond]
        order = ", ".join(term + direction for term in terms)
        rows = self._rows(connection, query, f"{where} order by {order} limit ?", (*parameters, query.limit + 1))
        more = len(rows) > query.limit
        return Page(rows[: query.limit], next=rows[query.limit - 1]["id"] if more else None)

    def _beyond(self, connection: sqlite3.Connection, cursor: str, terms: Sequence[str]) -> Sequence[Any]:
        row = row_of(self.shape.type, cursor)
        if not row or cursor != key_of(self.shape.type, row):
            raise Invalid("This is no cursor of the directory.")
        if len(terms) == 1:
            return (row,)
        statement = f"select {', '.join(terms)} from {self.shape.table} where id = ?"  # noqa: S608 - names of columns
        found = connection.execute(statement, (row,)).fetchone()
        if found is None:
            raise Invalid("The record at which this cursor stood is gone.")
        return tuple(found)
