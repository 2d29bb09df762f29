"""POST: one account for one userName, whatever is repeated, killed or run in parallel.

The order is: look, claim, create, close the claim together with the mapping row. A claim's existence means that the
name was seen to be absent, so who finds an account beside an unfinished claim knows whose it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from scim.errors import RETRY_AFTER, ScimError, busy, log
from scim.finding import look, match
from scim.identity.claims import DONE_SECONDS, Claim
from scim.identity.links import Link
from scim.identity.store import Conflict
from scim.kept_names import guard_name
from scim.kind import Kind
from scim.memberships import leave
from scim.paths import Json
from scim.renames import met, settled
from scim.waiting import POLL_SECONDS, pause
from scim.writing import Plan, claimable, guard_own, new_record, plan, write
from scim_adapter import Ask, Exists, Get, Invalid, Native, New, NotFound, OutOfQuota, Unavailable, Unsupported

DEFINITE = (Exists, Invalid, OutOfQuota, Unsupported)
"""Errors of a create after which nothing was made, for certain."""
LOOK_SECONDS = 8.0
"""Between two looks at the backend while somebody else's claim stands, at most."""


@dataclass(frozen=True, slots=True)
class Created:
    """The outcome of a write: the resource unless nobody asked for it, and the paths that were left out."""

    resource: Json | None
    ignored: list[str]


@dataclass(slots=True)
class _Attempt:
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
    def claim_key(self) -> str:
        return self.kind.map.claim_key(self.kind.naming.path, self.value)

    def claim(self, op: str = "") -> Claim:
        """The claim that this attempt wants, by default with its own operation id."""
        claims = self.kind.map.claims(self.kind.type)
        return claims.wanted(self.claim_key, self.value, op or self.ask.op, self.payload)


async def create(kind: Kind, resource: Json) -> Created:
    """Create an account, or finish a create that was interrupted; 409 when the name is taken."""
    kept, left = kind.holding.split(kind.table.settle(resource))
    ignored = kind.holding.ignored({}, left)
    record, unknown = await new_record(kind, resource)  # what is the client's fault is said before anything happens
    value = claimable(kind, str(kind.naming.target.read(resource)))
    attempt = _Attempt(kind, resource, record, kept, _payload(resource), kind.asking(writing=True), value)
    return Created(await _settled(attempt), [*ignored, *unknown])


def _payload(resource: Json) -> str:
    text = json.dumps({k: v for k, v in resource.items() if k != "password"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def _settled(attempt: _Attempt) -> Json:
    """Look and act on what is seen, until something is certain or the time is over."""
    patience = POLL_SECONDS
    while True:
        record = await look(attempt.kind, attempt.value, attempt.ask)
        if record is None:
            record = await match(attempt.kind, attempt.resource, attempt.ask)
        answer = await (_when_found(attempt, record) if record is not None else _when_absent(attempt))
        if not isinstance(answer, Claim):
            return answer
        await _while(attempt, answer, patience)
        patience = min(2 * patience, LOOK_SECONDS)


async def _while(attempt: _Attempt, claim: Claim, seconds: float) -> None:
    """Wait while a claim stands, up to so many seconds: its row is read, not the backend, which may count calls."""
    claims, until = attempt.kind.map.claims(attempt.kind.type), time.monotonic() + seconds
    while time.monotonic() < until:
        await pause(attempt.ask, claim)
        now = await claims.read(attempt.claim_key)
        if now is None or not now.live or now.etag != claim.etag:
            return


# -- nothing was found -----------------------------------------------------------------------------------------------


async def _when_absent(attempt: _Attempt) -> Json | Claim:
    claims = attempt.kind.map.claims(attempt.kind.type)
    attempt.started = time.monotonic()
    mine = await claims.take(attempt.claim())
    if mine is not None:
        return await _create(attempt, mine)
    claim = await claims.read(attempt.claim_key)
    if claim is None:
        return await _when_absent(attempt)
    op: str | None
    match await _verdict(attempt, claim):
        case "wait":
            return claim
        case "resume":
            op = claim.op
        case "new":
            op = attempt.ask.op
        case _ as link:
            return await _repeated(attempt, link, claim)
    attempt.overdue = not claim.live
    mine = await claims.seize(claim, attempt.claim(op), await settled(attempt.kind, claim, attempt.ask))
    return await _create(attempt, mine) if mine else claim


async def _verdict(attempt: _Attempt, claim: Claim) -> Link | Literal["wait", "resume", "new"]:
    """What a claim means to somebody who does not find the account."""
    if claim.state == "done":
        return await _standing(attempt, claim) or "new"
    if not claim.recent and claim.payload != attempt.payload:
        return "new"
    at_once = claim.state == "open" and attempt.kind.resource.can.repeatable_create
    if claim.live and not at_once:
        return "wait"
    return "resume" if claim.creating else "new"


async def _standing(attempt: _Attempt, claim: Claim) -> Link | None:
    """The link of a create that was done lately, if its account stands although the search does not show it yet."""
    link = await attempt.kind.map.link(attempt.kind.type, claim.id) if claim.age < DONE_SECONDS else None
    if link is None:
        return None
    try:
        record = await attempt.kind.resource.get(Get(link.key, ask=attempt.ask))
    except NotFound:
        return None
    return link if _named(attempt, record) else None


def _named(attempt: _Attempt, record: Native) -> bool:
    """Whether a record has the name that the attempt is about."""
    name = attempt.kind.naming.target.read(attempt.kind.bare(record, {}))
    return str(name).casefold() == attempt.value.casefold()


async def _create(attempt: _Attempt, claim: Claim) -> Json:
    """The create itself, under a claim of ours."""
    kind = attempt.kind
    if time.monotonic() - attempt.started > kind.map.lease / 2:
        await kind.map.claims(kind.type).release(claim)
        raise busy("The gateway was too slow to create this account safely; repeat the request.")
    ask = replace(attempt.ask, op=claim.op)
    try:
        await guard_name(kind, attempt.kept, "", ask)
        made = await kind.resource.create(New(dict(attempt.record), ask))
    except (*DEFINITE, ScimError):
        await kind.map.claims(kind.type).release(claim)
        raise
    except BaseException as error:
        if isinstance(error, Unavailable) and error.unsent and claim.op == attempt.ask.op:
            await kind.map.claims(kind.type).release(claim)
        else:
            await _leave_open(attempt, claim)
        raise
    native = await _read_back(attempt, made, claim) if isinstance(made, str) else made
    if native is None or (claim.op != attempt.ask.op and not _named(attempt, native)):
        return await _create_anew(attempt, claim)
    return await kind.present(native, await _born(attempt, kind.key_of(native), claim, None))


async def _create_anew(attempt: _Attempt, claim: Claim) -> Json:
    """The operation that was resumed has made an account which has another name by now, or is gone."""
    mine = await attempt.kind.map.claims(attempt.kind.type).seize(claim, attempt.claim())
    if mine is None:
        raise busy("Another request took over the creation of this account; repeat this one.", 1)
    return await _create(attempt, mine)


async def _read_back(attempt: _Attempt, key: str, claim: Claim) -> Native | None:
    """The record that was made; whatever goes wrong here, it was made, and its claim must not be given up.

    None when an operation of long ago was resumed whose account is gone.
    """
    try:
        return await attempt.kind.resource.get(Get(key, ask=attempt.ask))
    except NotFound:
        if claim.op != attempt.ask.op and attempt.overdue:
            return None
        await _leave_open(attempt, claim)
        detail = "The backend does not show the account yet that it has made; repeat the request."
        raise busy(detail, RETRY_AFTER if claim.op == attempt.ask.op else claim.lease) from None
    except BaseException:
        await _leave_open(attempt, claim)
        raise


async def _leave_open(attempt: _Attempt, claim: Claim) -> None:
    """Say that we gave up, best effort: without it the lease says so later."""
    try:
        elapsed = time.monotonic() - attempt.started
        await asyncio.shield(attempt.kind.map.claims(attempt.kind.type).leave_open(claim, elapsed))
    except Exception:
        log.warning("A claim could not be left open; it ends with its lease.", exc_info=True)


async def _born(attempt: _Attempt, key: str, claim: Claim, known: Link | None) -> Link:
    try:
        return await attempt.kind.map.born(attempt.kind.type, key, attempt.kept, claim, known)
    except Conflict:
        raise busy("Another request took over the creation of this account; repeat this one.", 1) from None


# -- an account was found --------------------------------------------------------------------------------------------


async def _when_found(attempt: _Attempt, record: Native) -> Json | Claim:
    kind = attempt.kind
    claims = kind.map.claims(kind.type)
    attempt.started = time.monotonic()
    claim = await claims.read(attempt.claim_key)
    link = await met(kind, record, attempt.ask)
    if claim is not None and claim.id == link.id and link.visible and _same_again(attempt, claim):
        return await _repeated(attempt, link, claim)
    if claim is not None and _unfinished(attempt, claim):
        if claim.state == "held" and claim.live:
            return claim
        mine = await claims.seize(claim, attempt.claim(claim.op))
        return await _take(attempt, record, link, mine, fresh=True) if mine else claim
    nameless = link.unfinished and kind.kept_name is not None and kind.kept_name.name not in link.kept
    if link.visible and kind.options.on_conflict == "reject" and not nameless:
        raise _taken(attempt)
    if link.visible and not nameless:
        log.warning("The create of an existing %s takes over the account %s.", kind.type, link.id)
    mine = await _claim_found(attempt, claim)
    return await _take(attempt, record, link, mine, fresh=nameless) if mine else await _current(attempt, claim)


def _unfinished(attempt: _Attempt, claim: Claim) -> bool:
    """Whether the account that was found is the work of a create that never came to its end."""
    return claim.state != "done" and claim.creating and (claim.recent or claim.payload == attempt.payload)


async def _claim_found(attempt: _Attempt, claim: Claim | None) -> Claim | None:
    claims = attempt.kind.map.claims(attempt.kind.type)
    if claim is None:
        return await claims.take(attempt.claim())
    return await claims.seize(claim, attempt.claim(), await settled(attempt.kind, claim, attempt.ask))


async def _current(attempt: _Attempt, claim: Claim | None) -> Claim:
    """The claim of whoever was quicker, to wait for."""
    found = await attempt.kind.map.claims(attempt.kind.type).read(attempt.claim_key)
    return found or claim or Claim(attempt.claim_key, "", "", "held", POLL_SECONDS)


async def _take(attempt: _Attempt, record: Native, link: Link, claim: Claim, *, fresh: bool) -> Json:
    """Bring a found account to the full state of the request, what is absent cleared, and link it."""
    kind = attempt.kind
    try:
        await guard_name(kind, attempt.kept, link.id, attempt.ask)
        if any(binding.field.mutable == "always" for binding in kind.unlisted):
            record = await kind.resource.get(Get(kind.key_of(record), ask=attempt.ask))
        planned = await _full_state(attempt, record)
        if not link.visible and await leave(kind, link.key, attempt.ask):
            record = await kind.resource.get(Get(kind.key_of(record), ask=attempt.ask))
            planned = await _full_state(attempt, record)
        native = await write(kind, record, planned, attempt.ask, fresh=fresh)
        if planned.amendments:
            native = await kind.resource.get(Get(kind.key_of(native), ask=attempt.ask))
    except (*DEFINITE, ScimError):
        await kind.map.claims(kind.type).release(claim)
        raise
    except NotFound:
        await _leave_open(attempt, claim)
        raise busy("The account vanished from the backend while it was being linked; repeat the request.") from None
    except BaseException:
        await _leave_open(attempt, claim)
        raise
    return await kind.present(native, await _born(attempt, kind.key_of(native), claim, link))


async def _full_state(attempt: _Attempt, record: Native) -> Plan:
    """What brings a found account to the state of the request."""
    kind = attempt.kind
    wanted = _with_required(kind, record, attempt.resource)
    planned = await plan(kind, record, kind.bare(record, {}), wanted, lenient=True)
    guard_own(kind, record, planned.differences)
    return planned


def _with_required(kind: Kind, record: Native, resource: Json) -> Json:
    """A full state keeps required values that the client does not send, and enables what it does not disable."""
    before = kind.bare(record, {})
    wanted = {**resource}
    if "active" in kind.table.by_path:
        wanted.setdefault("active", True)
    for binding in kind.table.bindings:
        if binding.required and binding.target.read(wanted) is None and binding.target.read(before) is not None:
            binding.target.write(wanted, binding.target.read(before))
    return wanted


async def _repeated(attempt: _Attempt, link: Link, claim: Claim) -> Json:
    """The answer to a create that was done lately: the same again for the same body, else 409."""
    if not _same_again(attempt, claim):
        raise _taken(attempt)
    return await attempt.kind.present(await attempt.kind.fetch(link, attempt.ask), link)


def _same_again(attempt: _Attempt, claim: Claim) -> bool:
    return claim.state == "done" and claim.payload == attempt.payload and claim.age < DONE_SECONDS


def _taken(attempt: _Attempt) -> ScimError:
    return ScimError(409, f"An account with this {attempt.kind.naming.path} exists already.", "uniqueness")
