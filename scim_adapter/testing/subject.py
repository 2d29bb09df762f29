"""The resource under test, and the records that are made in it."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from scim_adapter import Ask, Change, Condition, Field, Get, Gone, Native, New, NotFound, Page, Query, Resource
from scim_adapter.testing.matching import same, shown
from scim_adapter.testing.samples import written

SECONDS = 30.0
"""How long one call may take."""
TARGETS = (901, 902, 903)
"""Samples that are made only to be referred to."""


class Subject:
    """One resource with what its author said of it. `sample` makes a record's values, `targets` holds keys of records
    of other types that references may lead to."""

    def __init__(
        self, resource: Resource, sample: Callable[[int], Native], targets: Mapping[str, Sequence[str]]
    ) -> None:
        self.resource, self.sample = resource, sample
        self.targets = {type: list(keys) for type, keys in targets.items()}
        self.fields = {path: one if isinstance(one, Field) else Field(one) for path, one in resource.fields.items()}
        self._some: list[str] = []
        self._ready = False

    # -- what the mapping table says --------------------------------------------------------------------------------

    def rows(self) -> Iterator[Field]:
        """The fields of the table, each native one once."""
        seen: dict[str, Field] = {}
        for field in self.fields.values():
            seen.setdefault(field.native, field)
        yield from seen.values()

    def readable(self) -> list[Field]:
        """Fields that clients write and read back."""
        return [field for field in self.rows() if field.mutable != "never" and not field.write_only]

    def changeable(self) -> list[Field]:
        """Fields that an update may set and a client then reads."""
        return [field for field in self.readable() if field.mutable == "always" and self._can_refer(field)]

    def _can_refer(self, field: Field) -> bool:
        return field.ref is None or len(self.pool(field)) > 1

    def pool(self, field: Field) -> list[tuple[str, str]]:
        """Keys and types that a reference field may hold."""
        return [
            (key, type) for type in (field.ref or "").split("|") for key in dict.fromkeys(self.targets.get(type, ()))
        ]

    # -- records ----------------------------------------------------------------------------------------------------

    async def make(self, n: int, **values: Any) -> Native:
        """The `n`-th sample as a record of the backend, read back, with other values where they are given."""
        return await self.read(await self.create({**await self.full(n), **values}))

    async def create(self, record: Native) -> str:
        """Create a record and answer with its key."""
        made = await self.resource.create(New(copy.deepcopy(record), self.ask()))
        return made if isinstance(made, str) else self.key(made)

    async def some(self, count: int) -> list[Native]:
        """So many records: made, or, where the backend creates nothing, those that it holds."""
        if self.resource.declares("create"):
            for n in range(len(self._some) + 1, count + 1):
                self._some.append(await self.create(await self.full(n)))
            return [await self.read(key) for key in self._some[:count]]
        found = [await self.read(self.key(record)) for record in (await self.all())[:count]]
        if len(found) < count:
            pytest.fail(f"Put at least {count} records into the backend of the fixture: it cannot create any.")
        return found

    async def full(self, n: int) -> Native:
        """The values of the `n`-th sample, references included."""
        await self._prepare()
        return {**self.sample(n), **self._references(n)}

    def _references(self, n: int) -> Native:
        record: Native = {}
        for field in self.rows():
            pool = self.pool(field)
            if field.ref and field.mutable != "never" and pool:
                chosen = [pool[(n + i) % len(pool)] for i in range(min(2, len(pool)))]
                elements = [{"value": key, "type": type} for key, type in chosen]
                record[field.native] = written(field, elements if field.many else chosen[0][0])
        return record

    async def _prepare(self) -> None:
        """Make the records of the resource's own type that its references lead to."""
        own = self.resource.type
        refers = any(own in (field.ref or "").split("|") and field.mutable != "never" for field in self.rows())
        if not self._ready and refers and own not in self.targets and self.resource.declares("create"):
            self.targets[own] = [await self.create(self.sample(n)) for n in TARGETS]
        self._ready = True

    async def put(self, record: Native, values: Native, *, fresh: bool = False) -> Native:
        """Set native values of a record as the engine does, and read it again."""
        change = self.change(record, values, fresh=fresh)
        answer = await self.resource.update(change)
        key = self.key(answer) if answer is not None else change.key
        if answer is None and self.resource.can.mutable_key:
            key = str(values.get(self.resource.key) or change.key)
        return await self.read(key)

    def change(self, record: Native, values: Native, *, fresh: bool = False) -> Change:
        """The change that the engine would ask for, in the version that was read."""
        before, after = copy.deepcopy(record), {**copy.deepcopy(record), **copy.deepcopy(values)}
        return Change(self.key(record), before, after, copy.deepcopy(values), self._version(record), fresh, self.ask())

    def _version(self, record: Native) -> str | None:
        named = self.resource.can.version
        return str(record[named]) if named is not None and record.get(named) is not None else None

    def gone(self, record: Native, *, key: str | None = None) -> Gone:
        """The request to delete a record, in the version that was read."""
        return Gone(key or self.key(record), copy.deepcopy(record), self._version(record), self.ask())

    async def read(self, key: str) -> Native:
        """The record with this key, all of it."""
        return await self.resource.get(Get(key, ask=self.ask()))

    async def missing(self, key: str) -> bool:
        """Whether the backend says that there is no such record."""
        try:
            await self.read(key)
        except NotFound:
            return True
        return False

    def key(self, record: Native) -> str:
        """The key of a record."""
        assert record.get(self.resource.key) not in (None, ""), f"a record lacks its key, {self.resource.key}"
        return str(record[self.resource.key])

    def ask(self) -> Ask:
        """A new operation of a client."""
        return Ask(str(uuid.uuid4()), time.monotonic() + SECONDS)

    async def unknown(self) -> str:
        """A key that looks like the others and belongs to nobody."""
        [record] = await self.some(1)
        taken = {self.key(one) for one in await self.all()}
        return unlike(self.key(record), taken)

    # -- searching --------------------------------------------------------------------------------------------------

    async def walk(
        self, *where: Condition, limit: int = 100, order: str | None = None, descending: bool = False
    ) -> list[Page]:
        """All pages of a search, asked for as the engine does: a page that brings nothing new is the last one."""
        pages: list[Page] = []
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            query = Query(where, order, descending, len(seen), cursor, limit, ask=self.ask())
            page = await self.resource.find(query)
            pages.append(page)
            keys = {self.key(record) for record in page.records}
            fresh = keys - seen
            seen |= keys
            more = self.resource.can.offset and page.total is not None and len(seen) < page.total
            cursor = page.next
            if not fresh or (cursor is None and not more):
                return pages

    async def all(
        self, *where: Condition, limit: int = 100, order: str | None = None, descending: bool = False
    ) -> list[Native]:
        """The records of all pages of a search, in their order, repeated ones included."""
        pages = await self.walk(*where, limit=limit, order=order, descending=descending)
        return [record for page in pages for record in page.records]

    async def keys(self, *where: Condition) -> set[str]:
        """The keys that a search finds."""
        return {self.key(record) for record in await self.all(*where)}

    # -- comparing --------------------------------------------------------------------------------------------------

    def differing(self, wanted: Native, found: Native, *, but: Sequence[str] = ()) -> list[str]:
        """The native fields that `found` does not have as `wanted` says, of those that clients can read."""
        return [
            field.native
            for field in self.readable()
            if field.native in wanted
            and field.native not in but
            and not same(shown(field, wanted), shown(field, found))
        ]


def unlike(key: str, taken: set[str]) -> str:
    """A key of the same form that is not among those that are taken."""
    for position in range(len(key) - 1, -1, -1):
        for letter in _others(key[position]):
            other = key[:position] + letter + key[position + 1 :]
            if other not in taken:
                return other
    return key * 2


def _others(letter: str) -> str:
    if letter.isdecimal():
        return "9876543210".replace(letter, "")
    return "fedcba".replace(letter, "") if letter.isalpha() and letter.isascii() else ""
