"""Renames that change the native key and were interrupted: what they left in the row of their id is settled."""

from __future__ import annotations

from scim.errors import ScimError
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.identity.store import Operation
from scim.kind import Kind
from scim_adapter import Ask, Get, Native, NotFound


async def met(kind: Kind, record: Native, ask: Ask) -> Link:
    """The link of a record that was found. One read; where the login is the key, three at first sight: the record may
    be that of a rename which the map has not learnt yet.
    """
    key = kind.key_of(record)
    if kind.resource.can.mutable_key:
        known = await kind.map.known(kind.type, key)
        if known is not None and known.state != "gone":
            return known
        name = kind.naming.target.read(kind.bare(record, {}))
        claims = kind.map.claims(kind.type)
        claim = await claims.read(kind.map.claim_key(kind.naming.path, str(name)))
        if claim is not None and (link := await _renamed(kind, claim, key, ask)):
            return link
    return await kind.map.meet(kind.type, key)


async def _renamed(kind: Kind, claim: Claim, key: str, ask: Ask) -> Link | None:
    """The link that an unfinished rename leads to this key; one that nobody works on any more is finished."""
    if claim.creating or not claim.id or claim.state == "done":
        return None
    if not claim.live:
        await settled(kind, claim, ask)
    link = await kind.map.link(kind.type, claim.id)
    if link is None or key not in (link.key, link.next_key):
        return None
    return link if key == link.key or await _left(kind, link, ask) else None


async def _left(kind: Kind, link: Link, ask: Ask) -> bool:
    """Whether nobody has the key of a link any more: its rename took effect, and the next key is no stranger's."""
    try:
        await kind.resource.get(Get(link.key, frozenset({kind.resource.key}), ask))
    except NotFound:
        return True
    return False


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
