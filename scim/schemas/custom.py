"""Extension schemas of a connection's own: whatever its mapping table names by a URN that no standard schema has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from scim.schemas.model import Attribute, ResourceSchema, Schema
from scim_adapter import Field

_PATH = re.compile(r"(?P<urn>urn:[^\s\[\]\"]+):(?P<name>[A-Za-z][\w$-]*)", re.IGNORECASE)


def extended(schema: ResourceSchema, fields: Mapping[str, Field | str], kept: Iterable[str] = ()) -> ResourceSchema:
    """The schemas of a type with an extension for every other URN in the table, or among what the map keeps.

    What is kept is of the resource type that its URN ends in, or of all. Such attributes are simple, of the type that
    their `Field` names, or references, with an id and its URL; one value or a list. ValueError names a path that is
    none.
    """
    found: dict[str, dict[str, Attribute]] = {}
    paths = {**{path: Field("") for path in kept if not _of_another(schema, path)}, **fields}
    for path, field in paths.items():
        if not path.lower().startswith("urn:") or _standard(schema, path):
            continue
        match = _PATH.fullmatch(path)
        if match is None:
            raise ValueError(f"The path {path} must be a URN, a colon and the name of one simple attribute.")
        home = found.setdefault(match["urn"], {})
        home[match["name"]] = _attribute(match["name"], field)
    own = [
        Schema(urn, urn.rsplit(":", 1)[-1], "Attributes of this connection.", (*a.values(),))
        for urn, a in found.items()
    ]
    return replace(schema, extensions=(*schema.extensions, *own)) if own else schema


def _of_another(schema: ResourceSchema, path: str) -> bool:
    """Whether a URN ends in the name of another resource type, as those of extensions do (RFC 7643 10.2.1): what is
    kept of users by `urn:example:staff:1.0:User:locker` is nothing that groups have."""
    return path.casefold().split(":")[-2:-1] == ["group" if schema.type == "User" else "user"]


def _standard(schema: ResourceSchema, path: str) -> bool:
    return any(path.casefold().startswith(f"{urn.casefold()}:") for urn in schema.urns)


def _attribute(name: str, field: Field | str) -> Attribute:
    field = field if isinstance(field, Field) else Field(field)
    if field.ref is None:
        return Attribute(name, "An attribute of this connection.", field.type, multi=field.many)
    types = tuple(field.ref.split("|"))
    subs = (
        Attribute("value", f"The id of a {' or '.join(types)}."),
        Attribute("$ref", "The URL of the same.", "reference", references=types),
    )
    kind = (Attribute("type", "What it is.", mutability="readOnly", canonical=types),) if field.many else ()
    return Attribute(name, "A reference of this connection.", "complex", multi=field.many, subs=(*subs, *kind))
