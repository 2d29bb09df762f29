"""Claims: who may create or rename onto a unique value at this moment.

A claim's existence means that its value was seen to be absent. It is *held* while its maker works under a lease,
*open* when the maker gave up without knowing the outcome, and *done* once the mapping stands. All ages are by the
store's clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scim.identity.store import Conflict, Delete, Insert, Operation, Replace, Row, Store, Value

DONE_SECONDS = 600
"""How long a repeat of the same create is answered as the first one was."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim row."""

    key: str
    op: str
    payload: str
    state: Literal["held", "open", "done"]
    lease: float
    value: str = ""
    """What is claimed, for whoever finishes what was interrupted; empty once the claim is done."""
    id: str = ""
    """The id that a done claim led to, or whose rename is under way."""
    age: float = 0.0
    etag: str = ""
    over: Claim | None = None
    """The done claim that it took the place of; a refused request puts it back, since it still answers repeats."""

    @property
    def live(self) -> bool:
        """Whether its maker, or a call of its maker's that is still under way, may yet take effect."""
        return self.state in ("held", "open") and self.age < self.lease

    @property
    def creating(self) -> bool:
        """Whether it was made for a create. A rename's claim has no payload, and its operation id is no create's."""
        return bool(self.payload)

    @property
    def left(self) -> float:
        """Seconds until it may be taken over."""
        return max(0.0, self.lease - self.age) if self.live else 0.0

    @property
    def recent(self) -> bool:
        """Whether it still speaks for its value."""
        return self.age < max(DONE_SECONDS, self.lease)

    def values(self) -> dict[str, Value]:
        """The row's values."""
        return {
            "op": self.op,
            "payload": self.payload,
            "state": self.state,
            "lease": self.lease,
            "value": self.value,
            "id": self.id,
        }

    def done(self, id: str) -> Replace:
        """The operation that closes it, to be committed with the mapping row."""
        return Replace(self.key, replace(self, state="done", value="", id=id).values(), self.etag)

    def dropped(self) -> Delete:
        """The operation that removes it."""
        return Delete(self.key, self.etag)


def claim_of(row: Row) -> Claim:
    """The claim in a row."""
    values = row.values
    return Claim(
        key=row.key,
        op=str(values["op"]),
        payload=str(values["payload"]),
        state=str(values["state"]),  # type: ignore[arg-type]
        lease=float(values["lease"]),
        value=str(values.get("value", "")),
        id=str(values["id"]),
        age=row.age,
        etag=row.etag,
    )


class Claims:
    """The claims of one partition."""

    def __init__(self, store: Store, partition: str, lease: float) -> None:
        self._store, self._partition, self._lease = store, partition, lease

    def wanted(self, key: str, value: str, op: str, payload: str = "", id: str = "") -> Claim:
        """A claim as it would be made now. A create has a payload, a rename the id that it renames."""
        return Claim(key, op, payload, "held", self._lease, value=value, id=id)

    async def take(self, claim: Claim, beside: Sequence[Operation] = ()) -> Claim | None:
        """Make a claim, with other operations in the same commit; None when there is one already. One write."""
        try:
            etags = await self._store.commit(self._partition, [Insert(claim.key, claim.values()), *beside])
        except Conflict as conflict:
            if conflict.key != claim.key:
                raise
            return None
        return replace(claim, etag=etags[0])

    async def read(self, key: str) -> Claim | None:
        """The claim on a value, or None. One read."""
        row = await self._store.get(self._partition, key)
        return claim_of(row) if row else None

    async def all(self) -> AsyncIterator[Claim]:
        """Every claim there is. One read."""
        async for row in self._store.scan(self._partition, "c."):
            yield claim_of(row)

    async def seize(self, claim: Claim, wanted: Claim, beside: Sequence[Operation] = ()) -> Claim | None:
        """Take over a claim as `wanted`; None when somebody else was quicker. One write."""
        over = claim if claim.state == "done" and claim.recent else None
        mine = replace(wanted, etag=claim.etag, over=over)
        try:
            etags = await self._store.commit(self._partition, [Replace(claim.key, mine.values(), claim.etag), *beside])
        except Conflict:
            return None
        return replace(mine, etag=etags[0], age=0.0)

    async def release(self, claim: Claim, beside: Sequence[Operation] = ()) -> None:
        """Remove a claim of ours: nothing was written in the backend, for certain, or all was. One write."""
        gone = Replace(claim.key, claim.over.values(), claim.etag) if claim.over else claim.dropped()
        await self._settle(gone, *beside)

    async def leave_open(self, claim: Claim, elapsed: float) -> None:
        """Keep the operation id of a call whose outcome is unknown; `elapsed` seconds of the lease are over. One
        write."""
        rest = max(0.0, claim.lease - elapsed)
        await self._settle(Replace(claim.key, replace(claim, state="open", lease=rest).values(), claim.etag))

    async def _settle(self, *operations: Operation) -> None:
        try:
            await self._store.commit(self._partition, operations)
        except Conflict:
            return  # taken over meanwhile: it is no longer ours to settle
