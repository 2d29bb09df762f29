"""PATCH of members alone, where the backend takes deltas: the member list is never read, however long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim import patch
from scim.document import clean
from scim.errors import invalid_value
from scim.holding import enumeration
from scim.kind import Kind
from scim.mapping import Binding
from scim.references import UnknownReference, ids
from scim.waiting import attempts
from scim.writing import Written
from scim_adapter import Delta, NotFound


@dataclass(frozen=True, slots=True)
class MemberDelta:
    """Ids to add to a reference list and to take out of it; none is in both."""

    binding: Binding
    added: Sequence[str]
    removed: Sequence[str]


def member_delta(kind: Kind, body: Mapping[str, Any]) -> MemberDelta | None:
    """What a PatchOp message says, when it only adds and removes members by id; None when it says anything else."""
    if not (kind.referring and kind.resource.declares("amend")):
        return None
    chosen: Binding | None = None
    wanted: dict[str, bool] = {}
    for step in patch.steps(kind.schema, body):
        binding = next(
            (b for b in kind.referring if b.field.many and b.target.attribute is step.target.attribute), None
        )
        named = _named(step)
        if binding is None or named is None or binding.field.mutable != "always" or chosen not in (None, binding):
            return None
        chosen = binding
        wanted |= dict.fromkeys(named, step.op == "add")
    if chosen is None:
        return None
    return MemberDelta(chosen, [id for id in wanted if wanted[id]], [id for id in wanted if not wanted[id]])


def says_members(kind: Kind, body: Mapping[str, Any]) -> bool:
    """Whether a PatchOp message speaks of members, or of another list of references."""
    lists = [binding.target.attribute for binding in kind.referring if binding.field.many]
    return bool(lists) and any(step.target.attribute in lists for step in patch.steps(kind.schema, body))


def _named(step: patch.Step) -> list[str] | None:
    """The ids that one operation adds or removes; None when it does not name them."""
    if step.target.sub is not None or step.op == "replace":
        return None
    if step.target.filter is not None:
        value = (step.target.selector or {}).get("value")
        alone = step.op == "remove" and step.target.selector is not None and step.target.selector.keys() == {"value"}
        return [str(value)] if alone else None
    if step.value in (None, "", [], {}):
        return [] if step.op == "add" or step.value == [] else None
    return list(ids(clean(step.target.attribute, step.value)))


async def amend(kind: Kind, id: str, delta: MemberDelta, *, shown: bool) -> Written:
    """Add and remove members; a stranger is 400 when added, and no matter when removed. One backend call."""
    ask = kind.asking(writing=True)
    field = delta.binding.field
    async for _ in attempts(ask):
        link = await kind.linked(id)
        try:
            added = await kind.references.keys(field, delta.added)
        except UnknownReference as error:
            raise invalid_value(f"Nobody has the id {enumeration(error.ids)}, sent in {delta.binding.path}.") from None
        if (link.key, kind.type) in added.values():
            raise invalid_value(f"A {kind.type} cannot be one of its own {delta.binding.path}.")
        removed = await kind.references.keys(field, delta.removed, strangers=True)
        ours, gone = ([key for key, _ in some.values()] for some in (added, removed))
        try:
            if ours or gone:
                await kind.resource.amend(Delta(link.key, {}, field.native, ours, gone, ask))
            elif not shown:
                await kind.fetch(link, ask, frozenset({kind.resource.key}))
        except NotFound:
            await kind.fetch(link, ask, frozenset({kind.resource.key}))  # 404, or it has moved and is tried again
            continue
        if not shown:
            return Written(None, [])
        return Written(await kind.present(await kind.fetch(link, ask), link), [])
    raise AssertionError("The attempts end with an answer.")
