"""Somebody has the name: whose account it is, and who may take it over."""

from __future__ import annotations

import time

from scim.creating.adopting import adopt
from scim.creating.attempt import Attempt
from scim.errors import log
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.kind import Kind
from scim.paths import Json
from scim.renames import met, settled
from scim.waiting import POLL_SECONDS
from scim_adapter import Native


async def when_found(attempt: Attempt, record: Native) -> Json | Claim:
    """Adopt the account that was found, or answer with somebody else's claim, to wait for; 409 when it is taken.

    It is ours to have when an unfinished create made it, when it was deleted here, or as `on_conflict` says.
    """
    kind = attempt.kind
    attempt.started = time.monotonic()
    claim = await attempt.standing()
    link = await met(kind, record, attempt.ask)
    if claim is not None and claim.id == link.id and link.visible and attempt.repeats(claim):
        return await attempt.again(link, claim)
    if claim is not None and _unfinished(attempt, claim):
        if claim.state == "held" and claim.live:
            return claim
        mine = await attempt.seize(claim, claim.op)
        return await adopt(attempt, record, link, mine, fresh=True) if mine else claim
    nameless = _nameless(kind, link)
    if link.visible and not nameless:
        if kind.options.on_conflict == "reject":
            raise attempt.taken()
        log.warning("The create of an existing %s takes over the account %s.", kind.type, link.id)
    mine = await _claimed(attempt, claim)
    return await adopt(attempt, record, link, mine, fresh=nameless) if mine else await _quicker(attempt, claim)


def _unfinished(attempt: Attempt, claim: Claim) -> bool:
    """Whether the account that was found is the work of a create that never came to its end."""
    return claim.state != "done" and claim.creating and (claim.recent or claim.payload == attempt.payload)


def _nameless(kind: Kind, link: Link) -> bool:
    """Whether a create ended before it gave the account the name that is kept in the map."""
    return link.unfinished and kind.kept_name is not None and kind.kept_name.name not in link.kept


async def _claimed(attempt: Attempt, claim: Claim | None) -> Claim | None:
    if claim is None:
        return await attempt.take()
    return await attempt.seize(claim, beside=await settled(attempt.kind, claim, attempt.ask))


async def _quicker(attempt: Attempt, claim: Claim | None) -> Claim:
    """The claim of whoever was quicker, to wait for."""
    unread = Claim("", "", "", "held", POLL_SECONDS)
    return await attempt.standing() or claim or unread
