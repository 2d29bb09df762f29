"""PATCH and PUT: read, apply in memory, compare, write what differs, read back. No difference means no call."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scim import patch
from scim.amending import amend, member_delta, says_members
from scim.differences import Difference
from scim.errors import ScimError, busy
from scim.finding import look
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.identity.store import Conflict
from scim.kept_names import claimed, guard_name, name_given
from scim.kind import Kind
from scim.paths import Json
from scim.turns import Turn, TurnTaken, enables, replaces_more
from scim.versions import ALWAYS, Conditions
from scim.waiting import acquire, attempts
from scim.writing import Plan, Written, claimable, guard_own, plan, write
from scim_adapter import AdapterError, Ask, Exists, Invalid, Native, NotFound, OutOfQuota, Stale


@dataclass(frozen=True, slots=True)
class _State:
    """What a change starts from."""

    link: Link
    record: Native
    resource: Json
    turn: Turn


async def change(
    kind: Kind, id: str, body: Mapping[str, Any], when: Conditions = ALWAYS, *, shown: bool = False
) -> Written:
    """Apply a PatchOp message to a resource and answer with its new state; 412 where the conditions forbid it.

    Where it speaks of members the state is left out, unless `shown` asks for it: a group may have very many.
    """
    delta = None if when else member_delta(kind, body)
    if delta is not None:
        return await amend(kind, id, delta, shown=shown)

    def patched(state: _State) -> Json:
        return patch.apply(kind.schema, state.resource, body)

    return await _changed(kind, id, patched, when, lenient=False, shown=shown or not says_members(kind, body))


async def replace(kind: Kind, id: str, resource: Json, when: Conditions = ALWAYS) -> Written:
    """PUT (RFC 7644 3.5.1): what the resource lacks is cleared.

    Two things stay as they are when they are absent: `active`, and what the backend alone requires.
    """
    staying = [b for b in kind.table.bindings if b.path == "active" or (b.required and b.field.default is not None)]

    def replaced(state: _State) -> Json:
        wanted = copy.deepcopy(resource)
        for binding in staying:
            old = binding.target.read(state.resource)
            if old is not None and binding.target.read(wanted) is None:
                binding.target.write(wanted, old)
        return wanted

    return await _changed(kind, id, replaced, when, lenient=True, shown=True)


async def _changed(
    kind: Kind, id: str, wanted: Callable[[_State], Json], when: Conditions, *, lenient: bool, shown: bool
) -> Written:
    ask = kind.asking(writing=True)
    async with Turn(kind, id, ask) as turn:
        async for _ in attempts(ask):
            link = await kind.linked(id)
            record = await kind.fetch(link, ask)
            if when:
                when.demand(kind.versions(record, link))
            state = _State(link, record, kind.bare(record, link.kept), turn)
            after = kind.table.settle(wanted(state))
            try:
                await turn.need(bool(when) and kind.resource.can.version is None)
                return await _bring(kind, state, after, ask, lenient=lenient, shown=shown)
            except (Stale, Conflict, TurnTaken, NotFound):
                continue  # the record or its link changed meanwhile, or must be read again
    raise AssertionError("The attempts end with an answer.")


async def _bring(kind: Kind, state: _State, after: Json, ask: Ask, *, lenient: bool, shown: bool) -> Written:
    old_kept, old_left = kind.holding.split(state.resource)
    kept, left = kind.holding.split(after)
    ignored = kind.holding.ignored(old_left, left)
    planned = await plan(kind, state.record, state.resource, after, lenient=lenient)
    guard_own(kind, state.record, planned.differences)
    name = name_given(kind, kept, old_kept) if kept != old_kept else None
    moves = name is not None and kind.resource.can.mutable_key
    await state.turn.need(replaces_more(kind, planned) or enables(planned) or moves)
    async with claimed(kind, name, ask):
        if kept != old_kept:
            await guard_name(kind, kept, state.link.id, ask)
        record, link = await _written(kind, state, planned, ask, shown=shown)
        if kept != old_kept:
            link = await kind.map.keep(kind.type, link, kept)
    if not shown:
        return Written(None, [*ignored, *planned.left_out])
    if planned.amendments:
        record = await kind.fetch(link, ask)
    return Written(await kind.present(record, link), [*ignored, *planned.left_out])


async def _written(kind: Kind, state: _State, planned: Plan, ask: Ask, *, shown: bool) -> tuple[Native, Link]:
    renamed = next((d for d in planned.differences if d.binding is kind.naming and _moves(d)), None)
    if renamed is None:
        record = await write(kind, state.record, planned, ask, fresh=state.link.unfinished, shown=shown)
        return record, await kind.map.finish(kind.type, state.link) if state.link.unfinished else state.link
    return await _rename(kind, state, planned, renamed, ask, shown=shown)


def _moves(difference: Difference) -> bool:
    """Whether a unique value goes to another one; a change of its case alone stays with its holder."""
    return difference.new is not None and str(difference.new).casefold() != str(difference.old or "").casefold()


async def _rename(
    kind: Kind, state: _State, planned: Plan, renamed: Difference, ask: Ask, *, shown: bool
) -> tuple[Native, Link]:
    """A unique value moves under a claim, as a create does, so that nobody creates its holder meanwhile."""
    new_key = (
        str(planned.set.get(kind.resource.key) or state.link.key) if kind.resource.can.mutable_key else state.link.key
    )
    moves = new_key != state.link.key
    await state.turn.need(moves)
    claims = kind.map.claims(kind.type)
    value = claimable(kind, str(renamed.new))
    claim = await acquire(kind, value, ask, state.link.id, kind.map.moving(state.link, new_key) if moves else ())
    unmoved = kind.map.unmoved(state.link.id) if moves else ()
    try:
        if kind.naming.field.unique != "backend":
            await _must_be_free(kind, state.link, value, ask)
        record = await write(kind, state.record, planned, ask, shown=shown)
    except Exists as error:
        await claims.release(claim, unmoved)
        if error.field in (None, kind.naming.field.native):
            await _must_be_free(kind, state.link, value, ask)
        raise
    except (Invalid, NotFound, Stale, OutOfQuota, ScimError):
        await claims.release(claim, unmoved)
        raise
    except AdapterError:
        await claims.leave_open(claim, 0)
        raise
    return record, await _moved(kind, state.link, new_key, claim)


async def _moved(kind: Kind, link: Link, new_key: str, claim: Claim) -> Link:
    rows = await kind.map.moved(kind.type, link, new_key) if new_key != link.key else []
    try:
        await kind.map.commit(kind.type, [*rows, claim.done(link.id)])
    except Conflict:
        raise busy("Another request took over this rename; repeat the request.", 1) from None
    return await kind.linked(link.id) if rows else link


async def _must_be_free(kind: Kind, mine: Link, value: str, ask: Ask) -> None:
    """409 for a name that another account holds, and the reason when that account cannot be seen."""
    holder = await look(kind, value, ask)
    if holder is None or kind.key_of(holder) == mine.key:
        return
    link = await kind.map.meet(kind.type, kind.key_of(holder))
    hidden = "" if link.visible else " It was deleted here and is disabled in the backend, where it keeps the name."
    raise ScimError(409, f"Another account has this {kind.naming.path}.{hidden}", "uniqueness")
