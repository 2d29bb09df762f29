"""No lost update where the backend cannot tell: one writer at a time, from the read to the read-back.

Where a write replaces more than the client changed (a whole record, a whole list) and the record has no version, two
writers who read the same state would undo each other. Then a lease row of the identity map is held meanwhile.
"""

from __future__ import annotations

from types import TracebackType

from scim.identity.claims import Claim
from scim.kind import Kind
from scim.waiting import acquire
from scim.writing import Plan
from scim_adapter import Ask


class TurnTaken(Exception):
    """It is our turn now, and what was read before it may be old: read again."""


class Turn:
    """The turn of one request at one resource; taken when it turns out to be needed, given back at the end."""

    def __init__(self, kind: Kind, id: str, ask: Ask) -> None:
        self._kind, self._id, self._ask = kind, id, ask
        self._claim: Claim | None = None

    async def __aenter__(self) -> Turn:
        return self

    async def need(self, planned: Plan) -> None:
        """Take the turn if the write needs one; `TurnTaken` then. Two writes for the request that needs it."""
        if self._claim is None and replaces_more(self._kind, planned):
            self._claim = await acquire(self._kind, self._id, self._ask, self._id, path="id")
            raise TurnTaken

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._claim is not None:
            await self._kind.map.claims(self._kind.type).release(self._claim)


def replaces_more(kind: Kind, planned: Plan) -> bool:
    """Whether writing this plan could undo what another writer changes at the same time."""
    can = kind.resource.can
    if can.version or not planned.set:
        return False
    lists = {b.field.native for b in kind.table.bindings if b.field.many}
    return not can.partial or not lists.isdisjoint(planned.set)
