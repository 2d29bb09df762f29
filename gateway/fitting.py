"""Whether what a configuration says of attributes fits the adapter that it names; nothing is opened or reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.faults import place
from gateway.wording import nearest
from scim.holding import Holding
from scim.mapping import Table, resolve_text
from scim.options import Options
from scim.paths import Target
from scim.schemas import SCHEMAS, ResourceSchema, extended
from scim_adapter import Adapter, Field, Resource

Misfit = tuple[str, str]
"""The key that is at fault, and a sentence."""
STANDARD = frozenset(("schemas", "id", "meta"))


def misfits(
    adapter: type[Adapter[Any]] | None, settings: Any, options: Options, attributes: Mapping[str, Field]
) -> Iterator[Misfit]:
    """Everything that does not fit, one by one. Without an adapter, or its settings: what would fit none."""
    if adapter is None or settings is None:
        yield from _unknown(options, attributes)
        return
    try:
        resources = adapter(settings).resources()
        fields = {resource.type: dict(resource.fields) for resource in resources}
    except Exception as error:  # an adapter may be anybody's, and its message may hold anything
        yield "", f"its adapter {adapter.__name__} fails with {type(error).__name__} in {place(error)}."
        return
    strange = list(_strange(resources))
    yield from strange
    if not strange:
        yield from _attributes(fields, options, attributes)


def _unknown(options: Options, attributes: Mapping[str, Field]) -> Iterator[Misfit]:
    """Attributes that no schema has."""
    users = SCHEMAS["User"]
    yield from _attributes({type: {} for type in SCHEMAS}, replace(options, match=()), attributes)
    for path in options.match:
        if fault := _fault(users, path, partial(_resolved, path)):
            yield "match", f"{path}: {fault}"


def _strange(resources: Sequence[Resource]) -> Iterator[Misfit]:
    types = Counter(resource.type for resource in resources)
    if not types:
        yield "", "the adapter offers no resource type; there are User and Group."
    for type, count in types.items():
        if type not in SCHEMAS:
            yield "", f"the adapter offers a resource of type {type}; there are User and Group."
        elif count > 1:
            yield "", f"the adapter offers {count} resources of type {type}; one of each type is served."


def _attributes(
    fields: Mapping[str, Mapping[str, Field | str]], options: Options, attributes: Mapping[str, Field]
) -> Iterator[Misfit]:
    types = [SCHEMAS[type] for type in fields]
    for path, field in attributes.items():
        if "User" not in fields:
            yield f'attributes."{path}"', "the adapter offers no users, and rows are of users."
        elif fault := _fault(SCHEMAS["User"], path, partial(_row, path, field)):
            yield f'attributes."{path}"', fault
    for path in options.keep:
        if fault := _unkept(types, path):
            yield "keep", f"{path}: {fault}"
    users = {**fields.get("User", {}), **attributes}
    for path in options.match:
        if fault := _unmatched(users, options, path):
            yield "match", f"{path}: {fault}"


def _row(path: str, field: Field | str, schema: ResourceSchema) -> Table:
    return Table({path: field}, extended(schema, {path: field}))


def _resolved(path: str, schema: ResourceSchema) -> Target:
    return resolve_text(extended(schema, {}, [path]), path)


def _fault(schema: ResourceSchema, path: str, attempt: Callable[[ResourceSchema], object]) -> str:
    """What is wrong with a path, in a sentence; empty when nothing is."""
    try:
        attempt(schema)
    except ValueError as error:
        told = str(error)
        return told[:1].lower() + told[1:].rstrip(".") + _meant(schema, path.rpartition(":")[2]) + "."
    return ""


def _meant(schema: ResourceSchema, name: str) -> str:
    """What was perhaps meant by a name that no schema has."""
    names = [attribute.name for one in (schema.core, *schema.extensions) for attribute in one.attributes]
    return "" if name.casefold() in map(str.casefold, names) else nearest(name, names)


def _unkept(types: Sequence[ResourceSchema], path: str) -> str:
    """Why an attribute cannot be kept in the map by any of the resource types."""
    faults = [_fault(schema, path, partial(_kept, path)) for schema in types]
    return faults[0] if all(faults) else ""


def _kept(path: str, schema: ResourceSchema) -> Target:
    target = _resolved(path, schema)
    leaf = target.leaf
    if target.sub is not None or target.filter is not None:
        raise ValueError(f"An attribute is kept as a whole: write {target.attribute.name}.")
    if target.text != path:
        raise ValueError(f"It is written {target.text}.")
    if leaf.returned == "never" or leaf.mutability == "readOnly" or leaf.name in STANDARD:
        raise ValueError("It is nothing that can be kept: the client sets it in secret, or not at all.")
    return target


def _unmatched(fields: Mapping[str, Field | str], options: Options, path: str) -> str:
    return _fault(SCHEMAS["User"], path, lambda schema: _matched(schema, fields, options, path))


def _matched(schema: ResourceSchema, fields: Mapping[str, Field | str], options: Options, path: str) -> None:
    own = extended(schema, _sound(schema, fields), options.keep)
    table = Table(_sound(schema, fields), own)
    target = resolve_text(own, path)
    if not (table.holding(target) or Holding(table, options).keeps(target)):
        raise ValueError("This connection does not hold it, so accounts cannot be matched by it.")


def _sound(schema: ResourceSchema, fields: Mapping[str, Field | str]) -> dict[str, Field | str]:
    """The rows that are no fault themselves."""
    return {path: field for path, field in fields.items() if not _fault(schema, path, partial(_row, path, field))}
