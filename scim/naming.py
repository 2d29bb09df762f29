"""Which attribute names a resource.

The schema says: `userName` of a User. Where a backend has no place for it, the one required value that it has only once
names the account, an e-mail address perhaps, and the schema's name is kept in the map (`scim/kept_names.py`).
"""

from __future__ import annotations

from scim.mapping import Binding, Table
from scim.schemas import Attribute


def naming(table: Table) -> Binding:
    """The binding by which the backend's records are told apart; ValueError when there is none."""
    found = next((b for b in table.bindings if b.target.leaf.required and b.target.sub is None), None)
    found = found or next((b for b in table.bindings if b.field.required and b.field.unique != "no"), None)
    if found is None:
        raise ValueError(f"The mapping table of {table.schema.type} lacks {_name(table).name}.")
    return found


def kept_name(table: Table) -> Attribute | None:
    """The attribute that names a resource for clients and is kept in the map; None where the backend holds it."""
    name = _name(table)
    return None if any(b.target.attribute is name for b in table.bindings) else name


def _name(table: Table) -> Attribute:
    return next(attribute for attribute in table.schema.core.attributes if attribute.required)
