"""The sweep: what interrupted requests left behind and nobody repeated is linked or dropped; nothing is ever created.

It wakes for claims that are neither held by anybody nor young enough to be repeated. A create's claim leads to the
account by its name: the account was absent when the claim was made, so it is the create's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from scim.errors import ScimError, log
from scim.finding import look
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.identity.store import TRANSACTION_LIMIT, Conflict
from scim.kind import Kind
from scim.renames import settled
from scim.writing import Plan, write
from scim_adapter import AdapterError, Ask, Native


@dataclass(slots=True)
class Swept:
    """What a sweep did, in claims."""

    linked: int = 0
    """Interrupted creates whose account was found and linked."""
    dropped: int = 0
    """Interrupted creates that made nothing, and renames that were settled."""
    expired: int = 0
    """Claims of requests that came to their end long ago."""
    waiting: int = 0
    """Claims that are in use, or that the client may still repeat."""
    failed: int = 0
    """Claims that could not be settled now; the next sweep tries again."""

    def __add__(self, other: Swept) -> Swept:
        return Swept(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


async def sweep(kind: Kind, *, dry_run: bool = False) -> Swept:
    """Settle the claims of one resource type. One read, and for each claim that is settled up to four operations."""
    swept, over = Swept(), list[Claim]()
    claims = [claim async for claim in kind.map.claims(kind.type).all()]
    if any(not (claim.live or claim.recent) for claim in claims):
        await kind.prepare()
    for claim in claims:
        if claim.live or claim.recent:
            swept.waiting += 1
        elif claim.state == "done" or not claim.value:
            over.append(claim)
        else:
            swept += await _settled(kind, claim, dry_run=dry_run)
    swept.expired += len(over) if dry_run else await _dropped(kind, over)
    return swept


async def _dropped(kind: Kind, claims: Sequence[Claim]) -> int:
    """Delete claims that speak for nobody any more; one that was renewed meanwhile stays."""
    dropped = 0
    for start in range(0, len(claims), TRANSACTION_LIMIT):
        batch = claims[start : start + TRANSACTION_LIMIT]
        try:
            await kind.map.commit(kind.type, [claim.dropped() for claim in batch])
            dropped += len(batch)
        except Conflict:
            if len(batch) > 1:
                dropped += sum([await _dropped(kind, [claim]) for claim in batch])
    return dropped


async def _settled(kind: Kind, claim: Claim, *, dry_run: bool) -> Swept:
    ask = kind.asking(writing=True)
    try:
        if dry_run:
            return Swept(linked=1) if claim.creating and await look(kind, claim.value, ask) else Swept(dropped=1)
        mine = await kind.map.claims(kind.type).seize(claim, claim)
        if mine is None:
            return Swept(waiting=1)
        return await (_create if mine.creating else _rename)(kind, mine, ask)
    except Conflict:
        return Swept(waiting=1)
    except (AdapterError, ScimError) as error:
        log.warning("An interrupted request on a %s cannot be settled yet: %s", kind.type, type(error).__name__)
        return Swept(failed=1)


async def _create(kind: Kind, claim: Claim, ask: Ask) -> Swept:
    record = await look(kind, claim.value, ask)
    if record is None:
        await kind.map.commit(kind.type, [claim.dropped()])
        return Swept(dropped=1)
    link = await kind.map.settle(kind.type, kind.key_of(record), claim)
    if not link.visible:
        return Swept(dropped=1)  # a hidden account was to be used again: it stays hidden until that is asked for again
    log.warning("The account %s of an interrupted create was found and linked.", link.id)
    if kind.kept_name is None:  # else only the repeat knows its name: it finds the account unfinished, and takes it
        await finish(kind, link, record, ask)
    return Swept(linked=1)


async def finish(kind: Kind, link: Link, record: Native, ask: Ask) -> None:
    """Repeat the side steps of an interrupted create; the next change of the resource does so if this fails."""
    if not link.unfinished:
        return
    if kind.resource.declares("update"):
        await write(kind, record, Plan((), {}, (), []), ask, fresh=True)
    await kind.map.finish(kind.type, link)


async def _rename(kind: Kind, claim: Claim, ask: Ask) -> Swept:
    """A rename that changes the key, or a turn."""
    rows = await settled(kind, claim, ask)
    link = await kind.map.link(kind.type, claim.id) if claim.id and not rows else None
    if link is not None and link.turn:
        rows += kind.map.turning(link.id, "")
    await kind.map.commit(kind.type, [claim.dropped(), *rows])
    return Swept(dropped=1)
