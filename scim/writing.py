"""Bringing a record to a wanted state: compare, translate, write once, read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scim.differences import Difference, changes, missing, native
from scim.errors import ScimError, invalid_value
from scim.holding import enumeration
from scim.kind import Kind, rejected_change
from scim.mapping import Binding
from scim.paths import Json
from scim.references import UnknownReference, key_and_type, types
from scim_adapter import Ask, Change, Delta, Field, Get, Native

NAME_LENGTH = 10_000
"""Characters of a name; a store's value has 32 Ki."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write comes to: the resource unless nobody asked for it, and the paths that were left out."""

    resource: Json | None
    ignored: list[str]


@dataclass(frozen=True, slots=True)
class Amendment:
    """Members to add to a reference list of the backend and to take out of it, as native elements and keys."""

    binding: Binding
    added: Sequence[Native]
    removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write comes to: native values to set, members to add and remove, and the paths that are left out."""

    differences: Sequence[Difference]
    set: Native
    amendments: Sequence[Amendment]
    left_out: list[str]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.set and not self.amendments


async def plan(kind: Kind, record: Native, before: Json, after: Json, *, lenient: bool = False) -> Plan:
    """Compare two states of an existing record and translate what differs.

    `lenient`: a single reference to nobody (a manager) is left out and named, as in POST and PUT; else 400.
    """
    differences, left_out = [], []
    for difference in changes(kind.table, before, after):
        field = difference.binding.field
        if difference.new is None and _shared(kind, difference.binding, after, lenient=lenient):
            left_out.append(difference.binding.path)
        elif field.mutable == "always":
            differences.append(difference)
        elif difference.binding.path == "userName" and not _alike(difference):
            raise rejected_change("userName")
        else:
            left_out.append(difference.binding.path)
    _demand((d.binding.path for d in differences if d.new is None and d.binding.required), patching=not lenient)
    _refuse_blanks(differences)
    values, amendments, unknown = await _translated(kind, record, differences, lenient=lenient)
    if not kind.resource.declares("amend"):
        values |= {a.binding.field.native: whole(a, record) for a in amendments}
        amendments = []
    kept = [difference for difference in differences if difference.binding.path not in unknown]
    return Plan(kept, values, amendments, left_out + unknown)


def _shared(kind: Kind, cleared: Binding, after: Json, *, lenient: bool) -> bool:
    """Whether a field that one path clears keeps the value that another path of the same field has: one that was sent
    in a POST or PUT, or one that is required, as a login is that is the address too."""
    others = (b for b in kind.table.bindings if b.field.native == cleared.field.native and b.path != cleared.path)
    return not cleared.required and any(
        (lenient or other.required) and other.target.read(after) is not None for other in others
    )


def _alike(difference: Difference) -> bool:
    """Whether the two are one value where capitals do not count, as in a userName (RFC 7643 4.1.1)."""
    return str(difference.old).casefold() == str(difference.new).casefold()


def claimable(kind: Kind, value: str) -> str:
    """The name of a resource; 400 when it is longer than the identity map can hold."""
    if len(value) > NAME_LENGTH:
        raise invalid_value(f"{kind.naming.path} is too long: it may have {NAME_LENGTH} characters.")
    return value


def _demand(paths: Iterable[str], *, patching: bool = False) -> None:
    """400 for required values that are missing, or that a PATCH takes away (RFC 7644 3.5.2.2)."""
    if names := list(paths):
        detail = f"{', '.join(names)} is required and must have a value."
        raise ScimError(400, detail, "mutability" if patching else "invalidValue")


def _refuse_blanks(differences: Iterable[Difference]) -> None:
    """400 for a required value that is nothing but white space; a userName must not be empty (RFC 7643 4.1.1)."""
    if names := [d.binding.path for d in differences if d.binding.required and blank(d.new)]:
        raise invalid_value(f"{', '.join(names)} is required and must have more than white space.")


def blank(value: Any) -> bool:
    """Whether a value is a text in which there is nothing to see."""
    return isinstance(value, str) and not value.strip()


async def _translated(
    kind: Kind, record: Native, differences: Sequence[Difference], *, lenient: bool
) -> tuple[Native, list[Amendment], list[str]]:
    """Native values, amendments, and the paths of references that lead nowhere."""
    plain, amendments, unknown = [], [], []
    for difference in differences:
        binding = difference.binding
        if binding.field.ref is None:
            plain.append(difference)
        elif binding.field.many:
            amendments.append(await _amendment(kind, record, difference))
        elif difference.new is None or (key := await kind.references.key(binding.field, difference.new)) is not None:
            plain.append(Difference(binding, difference.old, None if difference.new is None else key))
        elif lenient:
            unknown.append(binding.path)
        else:
            raise invalid_value(f"The value of {binding.path} is not the id of a {_one_of(binding.field)}.")
    return native(plain), amendments, unknown


def _one_of(field: Field) -> str:
    return " or ".join(types(field))


async def _amendment(kind: Kind, record: Native, difference: Difference) -> Amendment:
    binding = difference.binding
    old, gone = set(difference.old), set(difference.old) - set(difference.new)
    try:
        keys = await kind.references.keys(binding.field, [id for id in difference.new if id not in old])
    except UnknownReference as error:
        raise invalid_value(f"Nobody has the id {enumeration(error.ids)}, sent in {binding.path}.") from None
    if (str(record.get(kind.resource.key)), kind.type) in keys.values():
        raise invalid_value(f"A {kind.type} cannot be one of its own {binding.path}.")
    added = [{"value": key, "type": type} for key, type in keys.values()]
    held = ((kind.references.shown(binding.field, one), one) for one in binding.references(record))
    removed = [key_and_type(binding.field, one)[0] for shown, one in held if shown and shown["value"] in gone]
    return Amendment(binding, added, removed)


def whole(amendment: Amendment, record: Native) -> Any:
    """The backend's own list with the changes in it: what clients cannot see stays."""
    binding, gone = amendment.binding, set(amendment.removed)
    held = [one for one in binding.references(record) if key_and_type(binding.field, one)[0] not in gone]
    return binding.to_native([*held, *amendment.added])


async def new_record(kind: Kind, resource: Json) -> tuple[Native, list[str]]:
    """The native record of a resource to be created with the defaults that the backend needs, and what is left out."""
    _demand(missing(kind.table, resource))
    differences = changes(kind.table, {}, resource)
    _refuse_blanks(differences)
    record, amendments, unknown = await _translated(kind, {}, differences, lenient=True)
    record |= {a.binding.field.native: whole(a, {}) for a in amendments}
    for binding in kind.table.bindings:
        field = binding.field
        if field.default is not None and record.get(field.native) is None:
            record[field.native] = field.default(record)
    return record, unknown


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


async def write(
    kind: Kind, before: Native, planned: Plan, ask: Ask, *, fresh: bool = False, shown: bool = True
) -> Native:
    """Write a plan, if there is anything to write, and answer with the record as the backend now has it.

    After members were added or removed the record is not read again: whoever shows it reads it. Neither is one that
    is not shown.
    """
    if planned.empty and not fresh:
        return before
    key = kind.key_of(before)
    if planned.amendments:
        return await _amended(kind, before, planned, ask, fresh=fresh)
    version = kind.resource.can.version
    change = Change(
        key=key,
        before=before,
        after={**before, **planned.set},
        set=planned.set,
        version=None if version is None or before.get(version) is None else str(before[version]),
        fresh=fresh,
        ask=ask,
    )
    record = await kind.resource.update(change)
    if record is None and shown:
        record = await kind.resource.get(Get(_new_key(kind, key, planned), ask=ask))
    return before if record is None else record


async def _amended(kind: Kind, before: Native, planned: Plan, ask: Ask, *, fresh: bool) -> Native:
    """Other fields first, then the members; each step may be repeated."""
    rest = Plan(planned.differences, planned.set, (), planned.left_out)
    if planned.set or fresh:
        before = await write(kind, before, rest, ask, fresh=fresh)
    key = kind.key_of(before)
    for amendment in planned.amendments:
        added = [one["value"] for one in amendment.added]
        await kind.resource.amend(Delta(key, before, amendment.binding.field.native, added, amendment.removed, ask))
    return before


def _new_key(kind: Kind, key: str, planned: Plan) -> str:
    return str(planned.set.get(kind.resource.key) or key) if kind.resource.can.mutable_key else key
