"""Bringing a record to a wanted state: compare, translate, write once, read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scim.errors import ScimError, invalid_value
from scim.kind import Kind, rejected_change
from scim.mapping import Difference, missing
from scim.paths import Json
from scim_adapter import Ask, Change, Get, Native


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write comes to: native values to set, and the paths that cannot be changed and are left out."""

    differences: Sequence[Difference]
    set: Native
    left_out: list[str]


async def plan(kind: Kind, before: Json, after: Json) -> Plan:
    """Compare two states of an existing record and translate what differs."""
    differences, left_out = [], []
    for difference in kind.table.changes(before, after):
        field = difference.binding.field
        if field.mutable == "always":
            differences.append(await _with_keys(kind, difference))
        elif difference.binding.path == "userName":
            raise rejected_change("userName")
        else:
            left_out.append(difference.binding.path)
    _demand(d.binding.path for d in differences if d.new is None and d.binding.required)
    return Plan(differences, kind.table.native(differences), left_out)


def _demand(paths: Iterable[str]) -> None:
    if names := list(paths):
        raise invalid_value(f"{', '.join(names)} is required and must have a value.")


async def _with_keys(kind: Kind, difference: Difference) -> Difference:
    new = await kind.inward(difference.binding, difference.new)
    return Difference(difference.binding, difference.old, new)


async def new_record(kind: Kind, resource: Json) -> Native:
    """The native record of a resource to be created, with the defaults that the backend needs."""
    _demand(missing(kind.table, resource))
    differences = [await _with_keys(kind, d) for d in kind.table.changes({}, resource)]
    record = kind.table.native(differences)
    for binding in kind.table.bindings:
        field = binding.field
        if field.default is not None and record.get(field.native) is None:
            record[field.native] = field.default(record)
    return record


def guard_own(kind: Kind, record: Native, differences: Sequence[Difference]) -> None:
    """The gateway's own account in the backend is never disabled or renamed: it would lock itself out."""
    if kind.resource.own(record) and any(
        d.binding.field.unique != "no" or d.binding.path == "active" for d in differences
    ):
        raise own_account()


def own_account() -> ScimError:
    """400 mutability for the account by which the gateway itself signs in."""
    detail = "This is the gateway's own account in the backend; it is never disabled, renamed or deleted."
    return ScimError(400, detail, "mutability")


async def write(kind: Kind, before: Native, planned: Plan, ask: Ask, *, fresh: bool = False) -> Native:
    """Write a plan, if there is anything to write, and answer with the record as the backend now has it."""
    if not planned.set and not fresh:
        return before
    key = kind.key_of(before)
    version = kind.resource.can.version
    change = Change(
        key=key,
        before=before,
        after={**before, **planned.set},
        set=planned.set,
        version=str(before[version]) if version else None,
        fresh=fresh,
        ask=ask,
    )
    record = await kind.resource.update(change)
    return record if record is not None else await kind.resource.get(Get(_new_key(kind, key, planned), ask=ask))


def _new_key(kind: Kind, key: str, planned: Plan) -> str:
    return str(planned.set.get(kind.resource.key) or key) if kind.resource.can.mutable_key else key
