"""Waiting for others: for the holder of a claim, and for whoever changes the same record."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence

from scim.errors import ScimError, busy
from scim.finding import look
from scim.identity.claims import Claim
from scim.identity.store import Operation
from scim.kind import Kind
from scim.renames import settled
from scim_adapter import Ask

POLL_SECONDS = 0.5


async def acquire(
    kind: Kind,
    value: str,
    ask: Ask,
    id: str,
    beside: Sequence[Operation] = (),
    path: str | None = None,
    type: str | None = None,
) -> Claim:
    """A claim of ours for the link `id`, with other rows written in the same commit; 503 when time runs out.

    It is on a value of `path`, by default of the attribute that names a resource, among resources of this `type`.
    A rename's open claim is taken over at once: an update that is repeated does no harm. A create's is not before its
    account can no longer appear.
    """
    claims = kind.map.claims(type or kind.type)
    wanted = claims.wanted(kind.map.claim_key(path or kind.naming.path, value), value, ask.op, id=id)
    seconds = 0.02
    while True:
        mine = await claims.take(wanted, beside)
        if mine is not None:
            return mine
        claim = await claims.read(wanted.key)
        if claim is not None and claim.creating and claim.state != "done" and not claim.live:
            await _absent(kind, claim, ask)
        if claim is not None and (not claim.live or (claim.state == "open" and not claim.creating)):
            rows = await settled(kind, claim, ask) if claim.id != id else []
            mine = await claims.seize(claim, wanted, [*rows, *beside])
            if mine is not None:
                return mine
        elif claim is not None:
            await pause(ask, claim, random.uniform(0, seconds))  # noqa: S311 - spreads out, guards nothing
            seconds = min(2 * seconds, POLL_SECONDS)


async def _absent(kind: Kind, claim: Claim, ask: Ask) -> None:
    """409 when the create that left this claim has made its account after all; its claim stays, to be repeated."""
    if await look(kind, claim.value, ask) is not None:
        raise ScimError(409, f"Another account has this {kind.naming.path}.", "uniqueness")


async def pause(ask: Ask, claim: Claim, seconds: float = POLL_SECONDS) -> None:
    """Wait a little for the holder of a claim; 503 when there is no time left to wait."""
    if ask.left <= POLL_SECONDS:
        detail = "Another request is working on this name, and its outcome is not known yet; repeat this one."
        raise busy(detail, max(1.0, claim.left))
    await asyncio.sleep(seconds)


async def attempts(ask: Ask) -> AsyncIterator[None]:
    """Turns at a change that others may disturb, with growing pauses of random length; 503 when the time is over."""
    pause = 0.02
    while True:
        yield
        if ask.left < 2 * pause:
            raise busy("The account is being changed by other requests at the same time; repeat the request.", 1)
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads out, guards nothing
        pause = min(2 * pause, 0.5)
