"""A resource that misbehaves on purpose, always in the same way: what real backends do on their bad days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from scim_adapter import Change, Delta, Get, Gone, Native, New, Page, Query, Resource, Unavailable


class FaultyResource(Resource):
    """`inner`, with faults. Calls are counted from 1 for each verb.

    `unavailable`: by verb, the call that never reaches the backend. `lost`: by verb, the call whose answer is lost
    after it took effect. Both raise `Unavailable`. `null`: native fields that records come back without a value in.
    `repeat`: the number of the page that `find` gives a second time in the place of the next one. `calls` counts.
    """

    def __init__(
        self,
        inner: Resource,
        *,
        unavailable: Mapping[str, int] | None = None,
        lost: Mapping[str, int] | None = None,
        null: Collection[str] = (),
        repeat: int = 0,
    ) -> None:
        self.inner, self.key, self.fields, self.can = inner, inner.key, inner.fields, inner.can
        self.type = inner.type  # type: ignore[misc]  # each instance stands for another class
        self.declares = inner.declares  # type: ignore[method-assign]
        self.own = inner.own  # type: ignore[method-assign]
        self._unavailable, self._lost, self._null, self._repeat = unavailable or {}, lost or {}, null, repeat
        self._page = Page()
        self.calls: Counter[str] = Counter()

    async def find(self, query: Query) -> Page:
        """A page, perhaps the one before once more."""
        self._before("find")
        page = await self.inner.find(query)
        self._after("find")
        if self._repeat and self.calls["find"] == self._repeat + 1:
            return self._page
        self._page = Page([self._nulled(record) for record in page.records], page.next, page.total)
        return self._page

    async def get(self, get: Get) -> Native:
        """The record."""
        self._before("get")
        record = await self.inner.get(get)
        self._after("get")
        return self._nulled(record)

    async def create(self, new: New) -> Native | str:
        """Create."""
        self._before("create")
        made = await self.inner.create(new)
        self._after("create")
        return made if isinstance(made, str) else self._nulled(made)

    async def update(self, change: Change) -> Native | None:
        """Update."""
        self._before("update")
        record = await self.inner.update(change)
        self._after("update")
        return None if record is None else self._nulled(record)

    async def amend(self, delta: Delta) -> None:
        """Amend."""
        self._before("amend")
        await self.inner.amend(delta)
        self._after("amend")

    async def delete(self, gone: Gone) -> None:
        """Delete."""
        self._before("delete")
        await self.inner.delete(gone)
        self._after("delete")

    def _before(self, verb: str) -> None:
        self.calls[verb] += 1
        if self._unavailable.get(verb) == self.calls[verb]:
            raise Unavailable("The backend was made unavailable by a test.")

    def _after(self, verb: str) -> None:
        if self._lost.get(verb) == self.calls[verb]:
            raise Unavailable("The answer was lost by a test.")

    def _nulled(self, record: Native) -> Native:
        return {name: None if name in self._null else value for name, value in record.items()}
