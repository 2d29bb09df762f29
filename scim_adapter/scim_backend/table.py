"""A profile's attributes as a mapping table, and resources of the backend as native records and back.

A native record is flat: the places of the profile's rows with their values, `id`, and under `RESOURCE` the whole
resource as the backend showed it, so that what no row knows survives a write of the whole.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scim_adapter.contract import Field, Native
from scim_adapter.errors import Invalid, Unavailable
from scim_adapter.scim_backend import spelling
from scim_adapter.scim_backend.place import Json, Place
from scim_adapter.scim_backend.profile import Kind, Profile, Row
from scim_adapter.scim_backend.schema import CORE, MULTI_VALUED

log = logging.getLogger(__name__)
RESOURCE = "(resource)"
VERSION = "meta.version"
FLAGS = frozenset(("active", "primary"))


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """A row of the profile, where its value stands, and the native field that holds it."""

    row: Row
    place: Place
    native: str

    @property
    def attribute(self) -> str:
        """The SCIM attribute that it belongs to."""
        return Place.of(self.row.path).attribute


class Table:
    """The rows of one resource type."""

    def __init__(self, kind: Kind, profile: Profile) -> None:
        self._warned = False
        self.kind, self.active, self.nested = kind, profile.active, profile.members.groups
        self.unsent = profile.unsent
        self.version = Place.of(VERSION) if profile.etags else None
        natives = {row.path: row.native for row in kind.rows}
        self.slots = [Slot(row, Place.of(row.native), natives[row.same_as or row.path]) for row in kind.rows]
        self.fields: Mapping[str, Field | str] = {slot.row.path: self._field(slot) for slot in self.slots}
        self.tried = frozenset(slot.native for slot in self._filtered() if slot.row.filter == "eq-tried")
        self.filters = {slot.native: frozenset({_searched(slot.row)}) for slot in self._filtered()}

    def _field(self, slot: Slot) -> Field:
        row, place = slot.row, Place.of(slot.row.path)
        flag = (place.sub or place.attribute) in FLAGS
        reference = {"manager": "User", "members": "User|Group" if self.nested else "User"}.get(place.attribute)
        default = True if row.default is None and place.attribute == "active" else row.default
        return Field(
            slot.native,
            read=spelling.rewriting(row, spelling.spelled) or (spelling.boolean if flag else None),
            write=spelling.rewriting(row, spelling.shown),
            default=None if default is None else _always(default),
            required=row.required,
            mutable="never" if place.attribute == "meta" else row.mutable,
            write_only=not row.readable or place.attribute == "password",
            unique="gateway" if row.unique == "gateway" else "backend" if row.unique else "no",
            many=row.many or (place.attribute in MULTI_VALUED and place.by is None and place.sub is None),
            type=row.type,
            ref=reference,
            listed=row.listed and place.attribute != "members",
        )

    def _filtered(self) -> Iterator[Slot]:
        return (slot for slot in self.slots if slot.row.filter != "no")

    def filter_path(self, native: str) -> str:
        """The path by which the backend is asked for a native field."""
        slot = next(slot for slot in self._filtered() if slot.native == native)
        return slot.row.filter_as or slot.place.filtered

    def unique(self, values: Iterable[str]) -> list[str]:
        """The native fields among `values` of which the backend has each value once."""
        return [slot.native for slot in self.slots if slot.row.unique is True and slot.native in values]

    # -- resources as records ---------------------------------------------------------------------------------------

    def usable(self, resource: Any) -> bool:
        """Whether it has an id; one that has none is left out of a list, and that is said once."""
        found = isinstance(resource, Mapping) and resource.get("id") not in (None, "")
        if not found and not self._warned:
            self._warned = True
            log.warning("The backend lists a %s without an id; it is left out.", self.kind.type)
        return found

    def record(self, resource: Any) -> Native:
        """A resource of the backend as a native record; `Unavailable` when it is none."""
        if not self.usable(resource):
            raise Unavailable("The backend answered with something that is no resource.")
        whole = copy.deepcopy(dict(resource))
        record: Native = {RESOURCE: whole}
        if self.version is not None:
            record[VERSION] = self.version.read(resource)
        for slot in self.slots:
            if not slot.row.readable or slot.attribute == "password":
                slot.place.write(whole, None)  # a server that shows a password shall not show it to anybody else
            elif slot.row.same_as is None:
                record[slot.native] = self._held(slot, resource)
        return {**_flat(whole), **record, "id": str(resource["id"])}

    def _held(self, slot: Slot, resource: Mapping[str, Any]) -> Any:
        value = copy.deepcopy(slot.place.read(resource))
        if slot.attribute == "members":
            members = filter(None, map(spelling.member, value if isinstance(value, list) else []))
            return list({one["value"]: one for one in members}.values())  # scimmy adds who is there a second time
        if slot.attribute == "active" and value is None:
            return self.active.absent
        if slot.attribute == "manager" and value is not None:
            return str(value)
        return None if value in ("", [], {}) else spelling.with_flags(value)

    def resource(self, record: Native) -> Json:
        """The body of a create."""
        made: Json = {}
        for slot in self.touched(record):
            slot.place.write(made, self.sent(slot, record[slot.native]))
        return self.complete(made)

    def complete(self, resource: Json) -> Json:
        """The resource with the schemas that it uses named."""
        extensions = [name for name, value in resource.items() if name.startswith("urn:") and value]
        return {**resource, "schemas": [CORE[self.kind.type], *extensions]}

    def touched(self, values: Native) -> Iterator[Slot]:
        """The rows that `values` speak of; a path that has none may stand in the connection's `attributes`."""
        yield from (slot for slot in self.slots if slot.native in values)
        for native in values.keys() - {slot.native for slot in self.slots}:
            yield Slot(Row(native, native), _place(native), native)

    def sent(self, slot: Slot, value: Any) -> Any:
        """A native value in the form in which the backend wants it."""
        if isinstance(value, bool) and self.active.strings:
            return str(value)
        if isinstance(value, str):
            return spelling.spelled(slot.row, value)
        return [spelling.element(one) for one in value] if slot.attribute == "members" and value else value

    def alike(self, native: str, one: Any, other: Any) -> bool:
        """Whether the backend would show both values in the same way, so that no write is needed."""
        if one == other:
            return True
        row = next((slot.row for slot in self.slots if slot.native == native), None)
        if row is None or row.rewrite is None or not isinstance(one, str) or not isinstance(other, str):
            return False
        return spelling.shape(row, one) == spelling.shape(row, other)


def _searched(row: Row) -> str:
    return "eq" if row.filter == "eq-tried" else row.filter


def _always(value: Any) -> Callable[[Native], Any]:
    return lambda record: copy.deepcopy(value)


def _flat(resource: Mapping[str, Any]) -> Native:
    """Every simple value of a resource by its path, for the rows that an operator adds to the mapping."""
    found: Native = {}
    for name, value in resource.items():
        parts = [(name, value)]
        if isinstance(value, Mapping):
            parts = [(f"{name}{':' if name.startswith('urn:') else '.'}{part}", one) for part, one in value.items()]
        for element in value if isinstance(value, list) else ():
            if isinstance(element, Mapping) and isinstance(element.get("type"), str):
                parts += [(f'{name}[type eq "{element["type"]}"].{part}', one) for part, one in element.items()]
        for path, one in parts:
            found.setdefault(path, one)
    return {path: one for path, one in found.items() if path != "password"}


def _place(native: str) -> Place:
    try:
        return Place.of(native)
    except ValueError:
        raise Invalid("The connection's attributes name no path at the backend.", field=native) from None
