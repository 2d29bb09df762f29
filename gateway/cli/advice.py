"""What an operator should know of a connection before its people do: what is slow, and what cannot be done."""

from __future__ import annotations

from collections.abc import Iterator

from scim.filters import parse_filter
from scim.finding import PAGE
from scim.kind import Kind
from scim.mapping import Binding
from scim.narrowing import search
from scim.sorting import Order
from scim_adapter import Resource

SAMPLES = {"boolean": "true", "integer": "1", "decimal": "1", "dateTime": '"2026-01-01T00:00:00Z"'}
"""A value of each type in a filter; of all others a text."""
EQUAL = frozenset(("eq", "eq-exact"))


async def searched(kind: Kind, binding: Binding) -> str:
    """How an `eq` on this row is answered: by the backend (`native`, or `exact` where it minds the case), by reading
    all records (`scan`), or not at all (`never`).

    The engine itself is asked, so this cannot differ from what it does.
    """
    field = binding.field
    operators = kind.resource.can.filter.get(field.native, frozenset())
    if binding.target.leaf.returned == "never":
        return "never"
    if not operators & EQUAL or not (field.ref or await _narrows(kind, binding)):
        return "scan"
    return "native" if "eq" in operators else "exact"


def sorted_natively(kind: Kind, binding: Binding) -> bool:
    """Whether the backend itself lists in the order of this row; the engine is asked here too."""
    return kind.resource.can.offset and Order(binding.target, descending=False).native(kind) is not None


async def _narrows(kind: Kind, binding: Binding) -> bool:
    value = SAMPLES.get(binding.target.leaf.type, '"x"')
    try:
        return bool((await search(kind, parse_filter(f"{binding.path} eq {value}"))).where)
    except Exception:  # the adapter's `write` need not take the sample; it is asked with real values only
        return True


async def advice(kind: Kind, *, secrets: bool) -> list[str]:
    """The warnings about one resource type. `secrets`: the connection signs in with an account of its own."""
    native = await searched(kind, kind.naming)
    return [*_searching(kind, native), *_writing(kind), *_listing(kind), *_people(kind, secrets=secrets)]


def _searching(kind: Kind, native: str) -> Iterator[str]:
    name, field = kind.naming.path, kind.naming.field
    if native == "scan":
        yield (
            f"The backend cannot search for {name} ({field.native}): every match reads all records, and above "
            f"{kind.options.scan_limit} of them (scan_limit) the client is refused with 400 tooMany."
        )
    elif native == "exact" and field.unique == "gateway":
        yield f"The search for {name} minds the case: before every create all records are read once, {PAGE} at a time."
    if field.unique == "no" and kind.resource.declares("create"):
        yield f"Nobody refuses a second {kind.type} with the same {name}: its field is not declared unique."
    mapped = {binding.field.native for binding in kind.table.bindings} | {kind.resource.key}
    for one in sorted(kind.resource.can.filter.keys() - mapped):
        yield f"The adapter can search {one} natively, but no row of the mapping table has it."


def _writing(kind: Kind) -> Iterator[str]:
    resource, can = kind.resource, kind.resource.can
    missing = [verb for verb in ("create", "update", "delete") if not resource.declares(verb)]
    if missing:
        yield f"The adapter has no {' and no '.join(missing)}: such requests of clients are answered 501."
    if resource.declares("update") and can.version is None:
        loss = (
            "of two changes of one attribute at once the last one wins"
            if can.partial
            else "whole records are written under a lease, and what somebody changes by hand meanwhile can be lost"
        )
        yield f"Records have no version: {loss}."
    if resource.declares("create") and not can.repeatable_create:
        yield (
            "A create cannot be repeated safely: when its answer was lost, the gateway looks for the account by "
            f"{kind.naming.path} before it creates again."
        )


def _listing(kind: Kind) -> Iterator[str]:
    resource = kind.resource
    if not resource.can.offset:
        yield "The backend has no pages by offset: a list without a filter is read whole for its first page."
    lists = [binding.path for binding in kind.table.bindings if binding.field.ref and binding.field.many]
    writable = [path for path in lists if kind.table.by_path[path].field.mutable != "never"]
    if writable and resource.declares("update") and not resource.declares("amend"):
        yield f"{', '.join(writable)}: written as a whole list for every change of one member (no amend)."


def _people(kind: Kind, *, secrets: bool) -> Iterator[str]:
    if kind.type != "User":
        return
    resource, options = kind.resource, kind.options
    if resource.declares("update") and "active" not in kind.table.by_path:
        yield "active is not mapped: nobody can be disabled, and Entra disables everybody whom it no longer provisions."
        if options.on_delete == "disable":
            yield 'on_delete is "disable" and there is no active: a DELETE is answered 501; set on_delete = "delete".'
    if resource.declares("update") and secrets and type(resource.native).own is Resource.own:
        yield "The adapter does not know the gateway's own account (own): a client could disable or rename it."
