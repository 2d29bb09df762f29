"""PATCH (RFC 7644 3.5.2) on plain SCIM JSON, in memory: all operations or none.

Both dialects of Microsoft Entra are understood always, and so are Okta's and the RFC's forms: capitalised operations,
booleans as text, dotted and URN names as keys of a value without a path, value paths that create what they select.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scim.document import clean
from scim.errors import ScimError, invalid_syntax, invalid_value
from scim.evaluation import select
from scim.filters import FilterSyntaxError, parse_path
from scim.paths import Json, Target, UnknownAttribute, resolve
from scim.schemas import ResourceSchema

MAX_OPERATIONS = 1000
IGNORED = frozenset(("id", "meta", "schemas"))
"""Members of a value without a path that say nothing about the change: Okta sends the id along."""


def apply(schema: ResourceSchema, resource: Json, body: Mapping[str, Any]) -> Json:
    """The resource after all operations of a PatchOp message; the one given is left as it is."""
    result = copy.deepcopy(resource)
    for step in steps(schema, body):
        _STEP[step.op](result, step.target, step.value)
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
        yield from _block(schema, op, extension.id, value)
        return
    try:
        target = resolve(schema, parse_path(path))
    except UnknownAttribute as error:
        raise ScimError(400, f"No schema of {schema.type} has the attribute {error}.", "invalidPath") from None
    except FilterSyntaxError as error:
        raise ScimError(400, f"The path of an operation cannot be read: {error}", "invalidPath") from None
    if "readOnly" in (target.attribute.mutability, target.leaf.mutability):
        if named:
            raise ScimError(400, f"{target.text} is read-only.", "mutability")
        return
    yield Step(op, target, value)


def _block(schema: ResourceSchema, op: str, urn: str, value: Any) -> Iterator[Step]:
    """An extension's URN as path or key: its value holds the extension's attributes."""
    known = schema.schema(urn)
    if op == "remove" and known:
        for attribute in known.attributes:
            yield Step(op, Target(urn, attribute), None)
        return
    if not isinstance(value, Mapping):
        raise invalid_value(f"The value of {urn} must be an object.")
    for name, part in value.items():
        yield from _with_path(schema, op, f"{urn}:{name}", part)


# -- one step on one target ------------------------------------------------------------------------------------------


def _add(resource: Json, target: Target, value: Any) -> None:
    _put(resource, target, value, adding=True)


def _replace(resource: Json, target: Target, value: Any) -> None:
    _put(resource, target, value, adding=False)


def _put(resource: Json, target: Target, value: Any, *, adding: bool) -> None:
    if target.filter is None and target.sub is None:
        cleaned = clean(target.attribute, value)
        if cleaned is None and not (target.attribute.type == "complex" and isinstance(value, Mapping)):
            if not (adding and target.attribute.multi):
                target.drop(resource)
        elif target.attribute.multi and cleaned is not None:
            _put_values(target.make_home(resource), target, cleaned, adding=adding)
        elif target.attribute.type == "complex":
            _merge(target.make_home(resource).setdefault(target.attribute.name, {}), value, cleaned or {})
            _tidy(resource, target)
        else:
            target.make_home(resource)[target.attribute.name] = cleaned
        return
    _put_inside(resource, target, value)


def _put_values(home: Json, target: Target, values: list[Any], *, adding: bool) -> None:
    old = home.get(target.attribute.name, []) if adding else []
    merged = [*old, *(value for value in values if value not in old)]
    home[target.attribute.name] = merged
    newest = next((value for value in reversed(values) if _primary(value)), None)
    if newest is not None:
        _only_primary(merged, newest)


def _primary(value: Any) -> bool:
    return isinstance(value, dict) and value.get("primary") is True


def _only_primary(values: list[Any], newest: Any) -> None:
    """A new primary value takes the mark from the old one (RFC 7644 3.5.2)."""
    for value in values:
        if value is not newest and _primary(value) and value != newest:
            value["primary"] = False


def _merge(holder: Json, raw: Any, cleaned: Json) -> None:
    """Sub-attributes that are named are set or, being null or empty, unassigned; the others stay (3.5.2.3)."""
    named = raw[0] if isinstance(raw, list) and raw else raw
    if isinstance(named, Mapping):
        gone = {name.lower() for name in named} - {name.lower() for name in cleaned}
        for name in [name for name in holder if name.lower() in gone]:
            del holder[name]
    holder.update(cleaned)


def _put_inside(resource: Json, target: Target, value: Any) -> None:
    holders = _holders(resource, target)
    cleaned = clean(target.sub, value) if target.sub else _one(target, value)
    if cleaned is None:
        _clear(resource, target, holders)
        return
    if not holders:
        holders = [_created(resource, target)]
    for holder in holders:
        holder.update({target.sub.name: cleaned} if target.sub else cleaned)
        if target.attribute.multi and _primary(holder):
            _only_primary(target.home(resource)[target.attribute.name], holder)


def _one(target: Target, value: Any) -> Any:
    cleaned = clean(target.attribute, value)
    return cleaned[0] if isinstance(cleaned, list) else cleaned


def _holders(resource: Json, target: Target) -> list[Json]:
    """The objects of which the path names a sub-attribute, or which its filter selects."""
    value = target.home(resource).get(target.attribute.name)
    if value is None:
        return []
    if not target.attribute.multi:
        return [value]
    return select(target, value) if target.filter is not None else value


def _created(resource: Json, target: Target) -> Json:
    """A value made because the path selects none: Entra relies on it for add and for replace."""
    if target.filter is not None and target.selector is None:
        raise ScimError(400, f"No value of {target.attribute.name} is selected by this filter.", "noTarget")
    home = target.make_home(resource)
    holder: Json = dict(target.selector or {})
    if target.attribute.multi:
        home.setdefault(target.attribute.name, []).append(holder)
    else:
        home[target.attribute.name] = holder
    return holder


def _remove(resource: Json, target: Target, value: Any) -> None:
    if target.filter is None and target.sub is None:
        if target.attribute.multi and value not in (None, "", [], {}):
            _remove_values(resource, target, clean(target.attribute, value) or [])
        else:
            target.drop(resource)
        return
    _clear(resource, target, _holders(resource, target))


def _remove_values(resource: Json, target: Target, values: list[Any]) -> None:
    """A remove with values takes these away and leaves the others: Entra's way to remove members."""
    home = target.home(resource)
    gone = [_identity(value) for value in values]
    if target.attribute.name in home:
        kept = [v for v in home[target.attribute.name] if _identity(v) not in gone]
        target.make_home(resource)[target.attribute.name] = kept
        _tidy(resource, target)


def _identity(value: Any) -> Any:
    return value.get("value", value) if isinstance(value, dict) else value


def _clear(resource: Json, target: Target, holders: list[Json]) -> None:
    labels = {"type", "primary", *(target.selector or {})}
    for holder in holders:
        if target.sub is None:
            holder.clear()
        else:
            holder.pop(target.sub.name, None)
        if target.attribute.multi and not holder.keys() - labels:
            holder.clear()
    _tidy(resource, target)


def _tidy(resource: Json, target: Target) -> None:
    """Leave no empty value, array or object behind, and no reference without its value."""
    value = target.home(resource).get(target.attribute.name)
    if isinstance(value, dict) and target.attribute.sub("value") and "value" not in value:
        value.clear()
    if isinstance(value, list):
        value[:] = [element for element in value if element not in ({}, None)]
    if value in ([], {}):
        target.drop(resource)


_STEP = {"add": _add, "replace": _replace, "remove": _remove}
