"""One client's create while it is under way, and the claim on its name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.errors import ScimError, busy, log
from scim.identity.claims import DONE_SECONDS, Claim, Claims
from scim.identity.links import Link
from scim.identity.store import Conflict, Operation
from scim.kind import Kind
from scim.paths import Json
from scim_adapter import Ask, Exists, Invalid, Native, OutOfQuota, Unsupported

DEFINITE = (Exists, Invalid, OutOfQuota, Unsupported, ScimError)
"""Errors after which nothing was made, for certain."""


@dataclass(slots=True)
class Attempt:
    """One client's create while it is under way."""

    kind: Kind
    resource: Json
    record: Native
    kept: Mapping[str, Any]
    payload: str
    ask: Ask
    value: str
    started: float = 0.0
    overdue: bool = False
    """Whether the claim that was taken over had outlived its lease: what its call did can be seen by now."""

    @property
    def claims(self) -> Claims:
        """The claims among which this attempt's is."""
        return self.kind.map.claims(self.kind.type)

    def names(self, record: Native) -> bool:
        """Whether a record has the name that the attempt is about."""
        name = self.kind.naming.target.read(self.kind.bare(record, {}))
        return str(name).casefold() == self.value.casefold()

    async def standing(self) -> Claim | None:
        """The claim that stands on the name, whoever made it. One read."""
        return await self.claims.read(self._wanted().key)

    async def take(self) -> Claim | None:
        """Claim the name; None when there is a claim already. One write."""
        return await self.claims.take(self._wanted())

    async def seize(self, claim: Claim, op: str = "", beside: Sequence[Operation] = ()) -> Claim | None:
        """Take over a claim, by default with an operation id of our own; None when somebody was quicker. One write."""
        return await self.claims.seize(claim, self._wanted(op), beside)

    def _wanted(self, op: str = "") -> Claim:
        key = self.kind.map.claim_key(self.kind.naming.path, self.value)
        return self.claims.wanted(key, self.value, op or self.ask.op, self.payload)

    def resumes(self, claim: Claim) -> bool:
        """Whether a claim of ours goes on with somebody else's operation."""
        return claim.op != self.ask.op

    async def give_up(self, claim: Claim, *, certain: bool) -> None:
        """End a claim of ours after a failure: it goes where `certain`ly nothing was made, else it is left open."""
        if certain:
            await self.claims.release(claim)
        else:
            await self.leave_open(claim)

    async def leave_open(self, claim: Claim) -> None:
        """Say that we gave up, best effort: without it the lease says so later."""
        try:
            elapsed = time.monotonic() - self.started
            await asyncio.shield(self.claims.leave_open(claim, elapsed))
        except Exception:
            log.warning("A claim could not be left open; it ends with its lease.", exc_info=True)

    async def born(self, record: Native, claim: Claim, known: Link | None = None) -> Json:
        """Close a claim of ours together with the mapping of its account, and answer with the resource."""
        key = self.kind.key_of(record)
        try:
            link = await self.kind.map.born(self.kind.type, key, self.kept, claim, known)
        except Conflict:
            raise overtaken() from None
        return await self.kind.present(record, link)

    def repeats(self, claim: Claim) -> bool:
        """Whether the same create was done lately."""
        return claim.state == "done" and claim.payload == self.payload and claim.age < DONE_SECONDS

    async def again(self, link: Link, claim: Claim) -> Json:
        """The answer to a create that was done lately: the same again for the same body, else 409."""
        if not self.repeats(claim):
            raise self.taken()
        return await self.kind.present(await self.kind.fetch(link, self.ask), link)

    def taken(self) -> ScimError:
        """409: somebody has the name."""
        return ScimError(409, f"An account with this {self.kind.naming.path} exists already.", "uniqueness")


def overtaken() -> ScimError:
    """503: another request has this one's claim now."""
    return busy("Another request took over the creation of this account; repeat this one.", 1)
