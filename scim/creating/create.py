"""A create from its look to its answer: what is seen is acted on, until something is certain or the time is over."""

from __future__ import annotations

import hashlib
import json
import time

from scim.creating.absent import when_absent
from scim.creating.attempt import Attempt
from scim.creating.found import when_found
from scim.finding import look, match
from scim.identity.claims import Claim
from scim.kept_names import claimed, name_given
from scim.kind import Kind
from scim.paths import Json
from scim.waiting import POLL_SECONDS, pause
from scim.writing import Written, claimable, new_record

LOOK_SECONDS = 8.0
"""Between two looks at the backend while somebody else's claim stands, at most."""


async def create(kind: Kind, resource: Json) -> Written:
    """Create an account, or finish a create that was interrupted; 409 when the name is taken."""
    kept, left = kind.holding.split(kind.table.settle(resource))
    ignored = kind.holding.ignored({}, left)
    record, unknown = await new_record(kind, resource)  # what is the client's fault is said before anything happens
    value = claimable(kind, str(kind.naming.target.read(resource)))
    attempt = Attempt(kind, resource, record, kept, _payload(resource), kind.asking(writing=True), value)
    async with claimed(kind, name_given(kind, kept, {}), attempt.ask):
        return Written(await _outcome(attempt), [*ignored, *unknown])


def _payload(resource: Json) -> str:
    text = json.dumps({k: v for k, v in resource.items() if k != "password"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def _outcome(attempt: Attempt) -> Json:
    patience = POLL_SECONDS
    while True:
        record = await look(attempt.kind, attempt.value, attempt.ask)
        if record is None:
            record = await match(attempt.kind, attempt.resource, attempt.ask)
        answer = await (when_found(attempt, record) if record is not None else when_absent(attempt))
        if not isinstance(answer, Claim):
            return answer
        await _wait(attempt, answer, patience)
        patience = min(2 * patience, LOOK_SECONDS)


async def _wait(attempt: Attempt, claim: Claim, seconds: float) -> None:
    """Wait while a claim stands, up to so many seconds: its row is read, not the backend, which may count calls."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await pause(attempt.ask, claim)
        now = await attempt.standing()
        if now is None or not now.live or now.etag != claim.etag:
            return
