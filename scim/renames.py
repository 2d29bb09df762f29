"""Renames that change the native key and were interrupted: what they left in the row of their id is settled."""

from __future__ import annotations

from scim.errors import ScimError
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.identity.store import Operation
from scim.kind import Kind
from scim_adapter import Ask


async def settled(kind: Kind, claim: Claim, ask: Ask) -> list[Operation]:
    """What to write together with the end of a rename's claim, or with its passing on to somebody else.

    Reading the resource under either key finishes the rename, or shows that it never began or that nobody is there: the
    row forgets the next key then, which may become somebody else's.
    """
    interrupted = kind.resource.can.mutable_key and claim.id and not claim.creating and claim.state != "done"
    link = await kind.map.link(kind.type, claim.id) if interrupted else None
    if link is None or not link.next_key:
        return []
    await _followed(kind, link, ask)
    link = await kind.map.link(kind.type, claim.id)
    return kind.map.unmoving(link) if link and link.next_key else []


async def _followed(kind: Kind, link: Link, ask: Ask) -> None:
    try:
        await kind.fetch(link, ask)
    except ScimError as error:
        if error.status != 404:
            raise
