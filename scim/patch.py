"""PATCH (RFC 7644 3.5.2) on plain SCIM JSON, in memory: all operations or none.

Both dialects of Microsoft Entra are understood always, and so are Okta's and the RFC's forms: capitalised operations,
booleans as text, dotted and URN names as keys of a value without a path, value paths that create what they select.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scim import edits
from scim.errors import ScimError, invalid_syntax, invalid_value
from scim.evaluation import FilterRefused, sensible_inside
from scim.filters import Filter, FilterSyntaxError, parse_path
from scim.paths import Json, Target, UnknownAttribute, resolve
from scim.schemas import ResourceSchema, Schema

MAX_OPERATIONS = 1000
_STEP = {"add": edits.add, "replace": edits.replace, "remove": edits.remove}
IGNORED = frozenset(("id", "meta", "schemas"))
"""Members of a value without a path that say nothing about the change: Okta sends the id along."""


def apply(schema: ResourceSchema, resource: Json, body: Mapping[str, Any]) -> Json:
    """The resource after all operations of a PatchOp message; the one given is left as it is."""
    result = copy.deepcopy(resource)
    for step in steps(schema, body):
        _STEP[step.op](result, step.target, step.value)
    edits.settle(result)
    return result


class Step(NamedTuple):
    """One change of one target. `op` is add, remove or replace; `value` is as the client sent it."""

    op: str
    target: Target
    value: Any


def steps(schema: ResourceSchema, body: Mapping[str, Any]) -> Iterator[Step]:
    """The changes of a PatchOp message, in its order; `ScimError` for what cannot be understood."""
    for operation in _operations(body):
        op = operation.get("op")
        if not isinstance(op, str) or op.lower() not in _STEP:
            raise invalid_syntax('Each operation needs an "op" of add, remove or replace.')
        if op.lower() != "remove" and "value" not in operation:
            raise invalid_value('An add or a replace needs a "value"; a remove takes a value away.')
        path = operation.get("path")
        if path is None or path == "":
            yield from _pathless(schema, op.lower(), operation.get("value"))
        elif not isinstance(path, str):
            raise ScimError(400, "The path of an operation must be a string.", "invalidPath")
        else:
            yield from _with_path(schema, op.lower(), path, operation.get("value"))


def _operations(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    operations = next((v for k, v in body.items() if k.lower() == "operations"), None)
    if not isinstance(operations, list) or not all(isinstance(one, Mapping) for one in operations):
        raise invalid_syntax('A PATCH needs "Operations", an array of objects.')
    if len(operations) > MAX_OPERATIONS:
        raise ScimError(413, f"A PATCH may have at most {MAX_OPERATIONS} operations.", "tooMany")
    return [{name.lower(): value for name, value in one.items()} for one in operations]


def _pathless(schema: ResourceSchema, op: str, value: Any) -> Iterator[Step]:
    if op == "remove":
        raise ScimError(400, "A remove operation needs a path.", "noTarget")
    if not isinstance(value, Mapping):
        raise invalid_value(f"A {op} operation without a path needs an object as its value.")
    for name, part in value.items():
        if name not in IGNORED:
            yield from _with_path(schema, op, name, part, named=False)


def _with_path(schema: ResourceSchema, op: str, path: str, value: Any, *, named: bool = True) -> Iterator[Step]:
    if (extension := schema.schema(path)) is not None:
        yield from _block(schema, op, extension, value)
        return
    try:
        target = resolve(schema, parse_path(path))
    except UnknownAttribute as error:
        raise ScimError(400, f"No schema of {schema.type} has the attribute {error}.", "invalidPath") from None
    except FilterSyntaxError as error:
        raise ScimError(400, f"The path of an operation cannot be read: {error}", "invalidPath") from None
    if target.filter is not None:
        _selecting(schema, target, target.filter)
    if "readOnly" in (target.attribute.mutability, target.leaf.mutability):
        if named:
            raise ScimError(400, f"{target.text} is read-only.", "mutability")
        return
    yield Step(op, target, value)


def _selecting(schema: ResourceSchema, target: Target, filter: Filter) -> None:
    """Refuse brackets with parts that the attribute lacks, and a filter in them that makes no sense."""
    try:
        sensible_inside(target.attribute, filter)
    except UnknownAttribute as error:
        raise ScimError(400, f"No schema of {schema.type} has the attribute {error}.", "invalidPath") from None
    except FilterRefused as error:
        raise ScimError(400, str(error), "invalidFilter") from None


def _block(schema: ResourceSchema, op: str, block: Schema, value: Any) -> Iterator[Step]:
    """The URN of a schema as path or key: its value holds the schema's attributes."""
    if op == "remove" or (op == "replace" and value is None):
        for attribute in block.attributes:
            if attribute.mutability != "readOnly":
                yield Step("remove", Target(None if block is schema.core else block.id, attribute), None)
        return
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise invalid_value(f"The value of {block.id} must be an object.")
    for name, part in value.items():
        if name not in IGNORED or block.attribute(name):
            yield from _with_path(schema, op, f"{block.id}:{name}", part, named=False)
