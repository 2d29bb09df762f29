"""What differs, in the forms in which SCIM servers take it: PATCH operations (RFC 7644 section 3.5.2) or the whole.

An attribute with several values is always sent whole: half of the servers refuse a value filter in a path when nothing
matches it, and what the gateway does not know of the list stays in it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scim_adapter.contract import Native
from scim_adapter.scim_backend.place import Json, Place
from scim_adapter.scim_backend.schema import PATCH_OP
from scim_adapter.scim_backend.table import Table

UNSENT = ("meta", "groups", "password")
"""What a PUT leaves out: the server's own, and what it never shows."""


def operations(table: Table, resource: Mapping[str, Any], values: Native) -> list[Json]:
    """The PATCH operations that set `values` in a resource."""
    wanted = copy.deepcopy(dict(resource))
    done: dict[str, Json] = {}
    for slot in table.touched(values):
        value = table.sent(slot, values[slot.native])
        slot.place.write(wanted, value)
        whole = slot.place.multi or slot.place.wrapped
        home = wanted.get(slot.place.urn, {}) if slot.place.urn else wanted
        done[slot.place.patched] = _operation(slot.place.patched, home.get(slot.place.attribute) if whole else value)
    return list(done.values())


def _operation(path: str, value: Any) -> Json:
    return {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}


def simple(table: Table, values: Native) -> bool:
    """Whether all that differs has a single value, and no object around it."""
    return not any(slot.place.multi or slot.place.wrapped for slot in table.touched(values))


def message(operations: Iterable[Json]) -> Json:
    """A PatchOp."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def whole(table: Table, resource: Mapping[str, Any], values: Native) -> Json:
    """The body of a PUT: the resource as it was shown with `values` in it, without what the server alone writes."""
    made: Json = _without(table.unsent, {name: value for name, value in resource.items() if name not in UNSENT})
    _leave_to_the_server(made, [slot.place for slot in table.slots if slot.row.alone])
    for slot in table.slots:
        if slot.row.mutable == "never":
            slot.place.write(made, None)
        elif slot.place.attribute == "active" and slot.place.read(made) is None:
            slot.place.write(made, table.active.absent)
        elif isinstance(held := slot.place.read(made), bool):
            slot.place.write(made, table.sent(slot, held))
    for slot in table.touched(values):
        slot.place.write(made, table.sent(slot, values[slot.native]))
    return table.complete(made)


def _without(names: frozenset[str], value: Any) -> Any:
    """A copy without members of these names, wherever they stand."""
    if isinstance(value, Mapping):
        return {name: _without(names, one) for name, one in value.items() if name not in names}
    return [_without(names, one) for one in value] if isinstance(value, list) else value


def _leave_to_the_server(resource: Json, ours: Sequence[Place]) -> None:
    """Take out of the lists that we share with the server all that is not ours."""
    for name in {place.attribute for place in ours}:
        held = resource.pop(name, None)
        mine = [place for place in ours if place.attribute == name]
        kept = [one for one in held or [] if any(place.selects(one) for place in mine)]
        if kept:
            resource[name] = kept
