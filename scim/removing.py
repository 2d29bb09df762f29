"""DELETE by policy: the backend first, the map second, so that a repeat repeats both."""

from __future__ import annotations

from scim.errors import ScimError
from scim.identity.links import Link
from scim.identity.store import Conflict
from scim.kind import Kind
from scim.turns import Turn, TurnTaken, replaces_more
from scim.versions import ALWAYS, Conditions
from scim.waiting import attempts
from scim.writing import own_account, plan, write
from scim_adapter import Ask, Gone, Native, Stale


async def remove(kind: Kind, id: str, when: Conditions = ALWAYS) -> None:
    """Delete or disable the account; its id answers 404 from then on. 412 where the conditions forbid it."""
    ask = kind.asking(writing=True)
    async with Turn(kind, id, ask) as turn:
        async for _ in attempts(ask):
            link = await kind.linked(id)
            record = await kind.fetch(link, ask)
            if kind.resource.own(record):
                raise own_account()
            if when:
                when.demand(kind.versions(record, link))
            try:
                await turn.need(bool(when) and kind.resource.can.version is None)
                await turn.respect(link)
                await _end(kind, link, record, ask, turn)
            except (Stale, Conflict, TurnTaken):
                continue  # the record or its link changed meanwhile, or must be read again
            return


async def _end(kind: Kind, link: Link, record: Native, ask: Ask, turn: Turn) -> None:
    if kind.options.on_delete == "disable" and kind.type == "User":
        await _disable(kind, record, ask, turn)
        await kind.map.end(kind.type, link, "hidden")
        return
    version = kind.resource.can.version
    held = record.get(version) if version else None
    gone = Gone(kind.key_of(record), record, None if held is None else str(held), ask)
    await kind.resource.delete(gone)
    await _buried(kind, link, ask)


async def _buried(kind: Kind, link: Link, ask: Ask) -> None:
    """Say that a link is gone although others may write its row at the same time: the backend has nothing to repeat."""
    async for _ in attempts(ask):
        try:
            await kind.map.end(kind.type, link, "gone")
        except Conflict:
            now = await kind.map.link(kind.type, link.id)
            if now is not None:
                link = now
                continue
        return


async def _disable(kind: Kind, record: Native, ask: Ask, turn: Turn) -> None:
    before = kind.bare(record, {})
    if "active" not in kind.table.by_path:
        raise ScimError(501, 'This backend cannot disable an account; set on_delete = "delete" for the connection.')
    planned = await plan(kind, record, before, {**before, "active": False})
    await turn.need(replaces_more(kind, planned))
    await write(kind, record, planned, ask)
