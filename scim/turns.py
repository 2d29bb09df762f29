"""Turns: one writer at a time at one resource, from the read to the read-back, where two would undo each other.

A turn is taken where the outcome depends on nobody else writing meanwhile:

* a write replaces more than the client changed (a whole record, a whole list) and the record has no version;
* a request says who all the members are, and the backend takes additions and removals: two at once would be added up;
* an account is enabled: a DELETE at the same time could find it disabled already and only hide it;
* a rename changes the native key itself, of which the map knows one at a time.

A turn is a claim on the id. It marks the mapping row too: a DELETE, which reads that row anyway, sees it for nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType

from scim.errors import ScimError
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.kind import Kind
from scim.waiting import acquire
from scim.writing import Plan
from scim_adapter import Ask, Unavailable


@asynccontextmanager
async def alone(kind: Kind, ask: Ask, type: str, key: str) -> AsyncIterator[None]:
    """The turn at a record that an adapter changes beside the one it was asked to change (`Ask.alone`)."""
    try:
        claim = await acquire(kind, key, ask, "", path="key", type=type)
    except ScimError as error:
        raise Unavailable(error.detail, retry_after=1) from None
    try:
        yield
    finally:
        await kind.map.claims(type).release(claim)


class TurnTaken(Exception):
    """It is our turn now, and what was read before it may be old: read again."""


class Turn:
    """The turn of one request at one resource; taken when it turns out to be needed, given back at the end."""

    def __init__(self, kind: Kind, id: str, ask: Ask) -> None:
        self._kind, self._id, self._ask = kind, id, ask
        self._claim: Claim | None = None

    async def __aenter__(self) -> Turn:
        return self

    async def need(self, needed: bool) -> None:
        """Take the turn if it is needed; `TurnTaken` then. Two writes for the request that needs it."""
        if needed and self._claim is None:
            mark = self._kind.map.turning(self._id, self._ask.op)
            self._claim = await acquire(self._kind, self._id, self._ask, self._id, mark, path="id")
            raise TurnTaken

    async def respect(self, link: Link) -> None:
        """Wait for whoever has the turn at a resource that is about to be deleted; `TurnTaken` when that was so."""
        await self.need(bool(link.turn))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._claim is not None:
            await self._kind.map.claims(self._kind.type).release(self._claim, self._kind.map.turning(self._id, ""))


def replaces_more(kind: Kind, planned: Plan) -> bool:
    """Whether writing this plan could undo what another writer changes at the same time."""
    if planned.amendments:
        return True
    can = kind.resource.can
    if can.version or not planned.set:
        return False
    lists = {b.field.native for b in kind.table.bindings if b.field.many}
    return not can.partial or not lists.isdisjoint(planned.set)


def enables(planned: Plan) -> bool:
    """Whether the plan lets somebody in who was kept out."""
    return any(d.binding.path == "active" and d.new is True for d in planned.differences)
