"""Nobody has the name: what a claim on it means, and who may make the account."""

from __future__ import annotations

import time
from typing import Literal

from scim.creating.attempt import Attempt
from scim.creating.making import make
from scim.identity.claims import DONE_SECONDS, Claim
from scim.identity.links import Link
from scim.paths import Json
from scim.renames import settled
from scim_adapter import Get, NotFound


async def when_absent(attempt: Attempt) -> Json | Claim:
    """Make the account under a claim of ours, or answer with somebody else's claim, to wait for."""
    attempt.started = time.monotonic()
    mine = await attempt.take()
    if mine is not None:
        return await make(attempt, mine)
    claim = await attempt.standing()
    if claim is None:
        return await when_absent(attempt)
    op: str
    match await _verdict(attempt, claim):
        case "wait":
            return claim
        case "resume":
            op = claim.op
        case "new":
            op = attempt.ask.op
        case _ as link:
            return await attempt.again(link, claim)
    attempt.overdue = not claim.live
    mine = await attempt.seize(claim, op, await settled(attempt.kind, claim, attempt.ask))
    return await make(attempt, mine) if mine else claim


async def _verdict(attempt: Attempt, claim: Claim) -> Link | Literal["wait", "resume", "new"]:
    """What a claim means to somebody who does not find the account."""
    if claim.state == "done":
        return await _unshown(attempt, claim) or "new"
    if not claim.recent and claim.payload != attempt.payload:
        return "new"
    at_once = claim.state == "open" and attempt.kind.resource.can.repeatable_create
    if claim.live and not at_once:
        return "wait"
    return "resume" if claim.creating else "new"


async def _unshown(attempt: Attempt, claim: Claim) -> Link | None:
    """The link of a create that was done lately, if its account stands although the search does not show it yet."""
    link = await attempt.kind.map.link(attempt.kind.type, claim.id) if claim.age < DONE_SECONDS else None
    if link is None:
        return None
    try:
        record = await attempt.kind.resource.get(Get(link.key, ask=attempt.ask))
    except NotFound:
        return None
    return link if attempt.names(record) else None
