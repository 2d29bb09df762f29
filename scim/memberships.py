"""The memberships of an account that was deleted here by disabling it: who comes back is in no group.

While the account is hidden nobody sees it in a list, and its memberships stay in the backend. They go when the account
is used again, before anybody can see it: few deleted people come back, and only then groups are searched for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from scim.errors import ScimError
from scim.finding import drain
from scim.kind import Kind
from scim.mapping import Binding
from scim.references import key_and_type, types
from scim.together import READS_AT_ONCE, together
from scim.turns import Turn, TurnTaken, replaces_more
from scim.waiting import attempts
from scim.writing import Amendment, Plan, whole, write
from scim_adapter import Ask, Condition, Get, Native, NotFound, Stale


async def leave(kind: Kind, key: str, ask: Ask) -> bool:
    """Take the account with this key out of every list of members that clients may change; whether it was in one.

    One search where the backend finds groups by a member, else every group is read; one write for each that has it.
    """
    found = False
    for holder in kind.peers.values():
        for binding in holder.referring:
            if binding.field.many and binding.field.mutable == "always" and kind.type in types(binding.field):
                async for record in _holding(holder, binding, kind.type, key, ask):
                    await _take_out(holder, binding, record, kind.type, key, ask)
                    found = True
    return found


def _holds(binding: Binding, record: Native, type: str, key: str) -> bool:
    return (key, type) in (key_and_type(binding.field, one) for one in binding.references(record))


async def _holding(holder: Kind, binding: Binding, type: str, key: str, ask: Ask) -> AsyncIterator[Native]:
    """The records of groups that may have this member; where the backend searches natively, its word is taken."""
    native = binding.field.native
    if not holder.resource.can.filter.get(native, frozenset()).isdisjoint(("eq", "eq-exact")):
        async for record in drain(holder, (Condition(native, "eq", (key,)),), ask):
            yield record
        return
    records = [record async for record in drain(holder, (), ask)]
    for start in range(0, len(records), READS_AT_ONCE):
        batch = records[start : start + READS_AT_ONCE]
        if not binding.field.listed:
            batch = [one for one in await together(partial(_read, holder, native, ask), batch) if one]
        for record in batch:
            if _holds(binding, record, type, key):
                yield record


async def _read(holder: Kind, native: str, ask: Ask, record: Native) -> Native | None:
    key = holder.key_of(record)
    try:
        return await holder.resource.get(Get(key, frozenset({holder.resource.key, native}), ask))
    except NotFound:
        return None


async def _take_out(holder: Kind, binding: Binding, group: Native, type: str, key: str, ask: Ask) -> None:
    """Remove one member from one group, which may be changed by others at the same time, or be gone."""
    amendment, amends = Amendment(binding, (), [key]), holder.resource.declares("amend")
    link = await holder.map.meet(holder.type, holder.key_of(group))
    async with Turn(holder, link.id, ask) as turn:
        async for _ in attempts(ask):
            try:
                record = await holder.fetch(link, ask, frozenset({holder.resource.key}) if amends else None)
                if not amends and not _holds(binding, record, type, key):
                    return
                planned = Plan((), {}, [amendment], []) if amends else _rewritten(amendment, record)
                await turn.need(not amends and replaces_more(holder, planned))
                await write(holder, record, planned, ask)
                return
            except (NotFound, Stale, TurnTaken):
                continue  # the group changed meanwhile, or must be read again
            except ScimError as error:
                if error.status != 404:
                    raise
                return


def _rewritten(amendment: Amendment, record: Native) -> Plan:
    return Plan((), {amendment.binding.field.native: whole(amendment, record)}, (), [])
