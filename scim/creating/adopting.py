"""An account that exists already becomes the one that a create asks for."""

from __future__ import annotations

from scim.creating.attempt import DEFINITE, Attempt
from scim.errors import busy
from scim.identity.claims import Claim
from scim.identity.links import Link
from scim.kept_names import guard_name
from scim.kind import Kind
from scim.memberships import leave
from scim.paths import Json
from scim.writing import Plan, guard_own, plan, write
from scim_adapter import Get, Native, NotFound


async def adopt(attempt: Attempt, record: Native, link: Link, claim: Claim, *, fresh: bool) -> Json:
    """Bring a found account to the full state of the request, what is absent cleared, and link it.

    `fresh`: it was never finished, so even what looks the same is written.
    """
    try:
        native = await _brought(attempt, record, link, fresh=fresh)
    except NotFound:
        await attempt.leave_open(claim)
        raise busy("The account vanished from the backend while it was being linked; repeat the request.") from None
    except BaseException as error:
        await attempt.give_up(claim, certain=isinstance(error, DEFINITE))
        raise
    return await attempt.born(native, claim, link)


async def _brought(attempt: Attempt, record: Native, link: Link, *, fresh: bool) -> Native:
    """The record as the backend has it afterwards."""
    kind = attempt.kind
    await guard_name(kind, attempt.kept, link.id, attempt.ask)
    if any(binding.field.mutable == "always" for binding in kind.unlisted):
        record = await kind.resource.get(Get(kind.key_of(record), ask=attempt.ask))
    planned = await _full_state(attempt, record)
    if not link.visible and await leave(kind, link.key, attempt.ask):
        record = await kind.resource.get(Get(kind.key_of(record), ask=attempt.ask))
        planned = await _full_state(attempt, record)
    native = await write(kind, record, planned, attempt.ask, fresh=fresh)
    return await kind.resource.get(Get(kind.key_of(native), ask=attempt.ask)) if planned.amendments else native


async def _full_state(attempt: Attempt, record: Native) -> Plan:
    """What brings a found account to the state of the request."""
    kind = attempt.kind
    wanted = _with_required(kind, record, attempt.resource)
    planned = await plan(kind, record, kind.bare(record, {}), wanted, lenient=True)
    guard_own(kind, record, planned.differences)
    return planned


def _with_required(kind: Kind, record: Native, resource: Json) -> Json:
    """A full state keeps required values and members that the client does not speak of, and enables what it does not
    disable: who provisions groups creates them first and adds their members afterwards."""
    before = kind.bare(record, {})
    wanted = {**resource}
    if "active" in kind.table.by_path:
        wanted.setdefault("active", True)
    for binding in kind.table.bindings:
        stays = binding.required or (binding.field.ref and binding.field.many)
        if stays and binding.target.read(wanted) is None and binding.target.read(before) is not None:
            binding.target.write(wanted, binding.target.read(before))
    return wanted
