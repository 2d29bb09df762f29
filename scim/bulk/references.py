"""`bulkId:x` in an operation: where it stands for the id that another operation will have made (RFC 7644 3.7.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from scim.bulk.operation import Operation
from scim.filters import FilterSyntaxError, parse_path
from scim.kind import Kind
from scim.paths import Json, UnknownAttribute, resolve
from scim.schemas import Attribute

Put = Callable[[str], None]
"""Writes the id of a resource where it belongs."""
SAID = re.compile(r"(?P<before>|.*/)bulkId:(?P<id>.+)", re.IGNORECASE | re.DOTALL)
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Place:
    """One `bulkId:x`. In a resource it is within the value of an attribute, `home[name]`, of this `path`."""

    bulk_id: str
    put: Put
    home: Json
    name: str
    path: str = ""
    index: int | None = None
    """The place among several values."""


def places(kind: Kind | None, operation: Operation) -> Iterator[Place]:
    """Where an operation on resources of this type refers to what others of its Bulk make."""
    match = SAID.fullmatch(operation.path)
    if match is not None:
        yield Place(unquote(match["id"]), partial(_put_into_path, operation, match["before"]), {}, "")
    if kind is not None and operation.fault is None:
        patching = operation.method == "PATCH"
        yield from _of_patch(kind, operation.data) if patching else _of_members(kind, operation.data, None)


def _put_into_path(operation: Operation, before: str, id: str) -> None:
    operation.path = before + id


def _of_members(kind: Kind, home: Json, urn: str | None) -> Iterator[Place]:
    """In a resource, in an extension of it, or in what a PATCH sets without a path."""
    for name, value in home.items():
        extension = kind.schema.schema(name)
        if extension is not None and isinstance(value, dict):
            yield from _of_members(kind, value, extension.id)
        elif _refers(kind, name, urn):
            yield from _of_value(home, name, f"{urn}:{name}" if urn else name)


def _of_patch(kind: Kind, body: Json) -> Iterator[Place]:
    operations = next((v for k, v in body.items() if k.lower() == "operations"), None)
    for one in operations if isinstance(operations, list) else ():
        if not isinstance(one, dict):
            continue
        names = {name.lower(): name for name in one}
        path, value = (one.get(names.get(name, "")) for name in ("path", "value"))
        extension = kind.schema.schema(path) if isinstance(path, str) and path else None
        if isinstance(value, dict) and (extension is not None or not path):
            yield from _of_members(kind, value, extension.id if extension else None)
        elif isinstance(path, str) and _refers(kind, path, None):
            yield from _of_filter(one, names["path"])
            if "value" in names:
                yield from _of_value(one, names["value"], path)


def _refers(kind: Kind, text: str, urn: str | None) -> bool:
    """Whether what a path or a name speaks of refers to resources, and is not what only servers say (`groups`)."""
    attribute = _attribute(kind, text, urn)
    if attribute is None or attribute.mutability == "readOnly":
        return False
    return attribute.sub("$ref") is not None or any(b.target.attribute is attribute for b in kind.referring)


def _attribute(kind: Kind, text: str, urn: str | None) -> Attribute | None:
    found = kind.schema.find(text, urn)
    if found is not None:
        return found[1]
    if not any(mark in text for mark in ".[:"):
        return None
    try:
        return resolve(kind.schema, parse_path(f"{urn}:{text}" if urn else text)).attribute
    except (UnknownAttribute, FilterSyntaxError):
        return None


def _of_filter(one: Json, name: str) -> Iterator[Place]:
    """In the filter of a path: `members[value eq "bulkId:x"]`."""
    for literal in dict.fromkeys(LITERAL.findall(one[name])):
        match = SAID.fullmatch(_unquoted(literal))
        if match is not None:
            yield Place(match["id"], partial(_put_into_filter, one, name, literal), one, name)


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


def _put_into_filter(one: Json, name: str, literal: str, id: str) -> None:
    one[name] = one[name].replace(literal, json.dumps(id))


def _of_value(home: Json, name: str, path: str) -> Iterator[Place]:
    value = home[name]
    if not isinstance(value, list):
        for id, put in _of_one(home, name):
            yield Place(id, put, home, name, path)
        return
    for index in range(len(value)):
        for id, put in _of_one(value, index):
            yield Place(id, put, home, name, path, index)


def _of_one(holder: Any, key: Any) -> Iterator[tuple[str, Put]]:
    value = holder[key]
    parts = [(holder, key)]
    if isinstance(value, dict):
        parts = [(value, name) for name in value if name.lower() in ("value", "$ref")]
    for part, name in parts:
        match = SAID.fullmatch(part[name]) if isinstance(part[name], str) else None
        if match is not None:
            yield match["id"], partial(_put_into_value, part, name, match["before"])


def _put_into_value(part: Any, name: Any, before: str, id: str) -> None:
    part[name] = before + id


# -- references that must wait ---------------------------------------------------------------------------------------


def without(data: Json, waiting: Sequence[Place]) -> Json:
    """A resource without the references that cannot be made yet. The one given stays as it is."""
    gone: dict[tuple[int, str], set[int]] = {}
    for place in waiting:
        indexes = gone.setdefault((id(place.home), place.name), set())
        if place.index is not None:
            indexes.add(place.index)
    return _without(data, gone)


def _without(home: Json, gone: Mapping[tuple[int, str], set[int]]) -> Json:
    kept: Json = {}
    for name, value in home.items():
        indexes = gone.get((id(home), name))
        if indexes is None:
            kept[name] = _without(value, gone) if isinstance(value, dict) else value
        elif isinstance(value, list):
            kept[name] = [one for index, one in enumerate(value) if index not in indexes]
    return kept


def additions(waited: Sequence[Place]) -> list[Json]:
    """The PATCH operations that add these references, once all are put."""
    found: dict[tuple[int, str], dict[int | None, Place]] = {}
    for place in waited:
        found.setdefault((id(place.home), place.name), {})[place.index] = place
    operations = []
    for some in found.values():
        first = next(iter(some.values()))
        value = first.home[first.name]
        if isinstance(value, list):
            value = [value[index] for index in some if index is not None]
        operations.append({"op": "add", "path": first.path, "value": value})
    return operations
