"""The account that is made in the backend, once, under a claim of ours."""

from __future__ import annotations

import time
from dataclasses import replace

from scim.creating.attempt import DEFINITE, Attempt, overtaken
from scim.errors import RETRY_AFTER, busy
from scim.identity.claims import Claim
from scim.kept_names import guard_name
from scim.paths import Json
from scim_adapter import Get, Native, New, NotFound, Unavailable


async def make(attempt: Attempt, claim: Claim) -> Json:
    """Make the account, or learn what the operation made that the claim goes on with."""
    kind = attempt.kind
    if time.monotonic() - attempt.started > kind.map.lease / 2:
        await attempt.claims.release(claim)
        raise busy("The gateway was too slow to create this account safely; repeat the request.")
    ask = replace(attempt.ask, op=claim.op)
    try:
        await guard_name(kind, attempt.kept, "", ask)
        made = await kind.resource.create(New(dict(attempt.record), ask))
    except BaseException as error:
        unsent = isinstance(error, Unavailable) and error.unsent and not attempt.resumes(claim)
        await attempt.give_up(claim, certain=unsent or isinstance(error, DEFINITE))
        raise
    record = await _read_back(attempt, made, claim) if isinstance(made, str) else made
    if record is None or (attempt.resumes(claim) and not attempt.names(record)):
        return await _make_anew(attempt, claim)
    return await attempt.born(record, claim)


async def _make_anew(attempt: Attempt, claim: Claim) -> Json:
    """The operation that was resumed has made an account which has another name by now, or is gone."""
    mine = await attempt.seize(claim)
    if mine is None:
        raise overtaken()
    return await make(attempt, mine)


async def _read_back(attempt: Attempt, key: str, claim: Claim) -> Native | None:
    """The record that was made; whatever goes wrong here, it was made, and its claim must not be given up.

    None when an operation of long ago was resumed whose account is gone.
    """
    try:
        return await attempt.kind.resource.get(Get(key, ask=attempt.ask))
    except NotFound:
        if attempt.resumes(claim) and attempt.overdue:
            return None
        await attempt.leave_open(claim)
        detail = "The backend does not show the account yet that it has made; repeat the request."
        raise busy(detail, claim.lease if attempt.resumes(claim) else RETRY_AFTER) from None
    except BaseException:
        await attempt.leave_open(claim)
        raise
