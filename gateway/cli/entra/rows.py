"""The attribute mapping of one resource type, as the table in Entra's portal has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.cli.entra.sources import SOURCES, WHOLE
from scim.filters import parse_path
from scim.kind import Kind
from scim.mapping import Binding
from scim.paths import Target, UnknownAttribute, resolve
from scim.references import types

TYPES = {"boolean": "Boolean", "integer": "Integer", "dateTime": "DateTime", "binary": "Binary"}
"""The names that Entra has for types of SCIM; all others are a String."""
ALWAYS, CREATION = "Always", "ObjectAddOnly"
"""When a value flows: as Entra's schema calls it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `matching` is its precedence, 0 where it is no matching attribute."""

    source: str
    target: str
    type: str = "String"
    matching: int = 0
    required: bool = False
    flow: str = ALWAYS
    exact: bool = False
    """Whether capitals matter."""
    refers: tuple[str, ...] = ()
    """The resource types that a reference leads to."""


def rows(kind: Kind, sources: Mapping[str, str]) -> list[Row]:
    """The rows of a resource type; `source` is empty where Entra has nothing of its own for the target.

    `sources` are the operator's: target to source, before those that Entra has by default. Two targets that are one
    value in the backend have one source.
    """
    known, found, shared = SOURCES[kind.type], dict[str, Row](), dict[str, str]()
    for binding, row in _candidates(kind):
        source = sources.get(row.target, known.get(row.target, ""))
        if binding is not None and binding.path == row.target and row.target not in sources:
            source = shared.setdefault(binding.field.native, source) or source
        found.setdefault(row.target, replace(row, source=source))
    matching = [target.text for target in kind.matching] or [_name(kind)]
    places = {path: number for number, path in enumerate(matching, 1)}
    return [replace(row, matching=places.get(row.target, 0)) for row in found.values()]


def _name(kind: Kind) -> str:
    return "userName" if kind.type == "User" else kind.naming.path


def _candidates(kind: Kind) -> Iterator[tuple[Binding | None, Row]]:
    """Every place that a client can write, the name first."""
    if kind.type == "User" and "userName" not in kind.table.by_path:
        yield None, Row("", "userName", required=True)
    for binding in kind.table.bindings:
        if binding.field.mutable != "never" and not binding.field.write_only:
            yield from ((binding, row) for row in _of(kind, binding))
    for path in kind.options.keep:
        target = _simple(kind, path)
        if target is not None:
            yield None, _row(target)


def _of(kind: Kind, binding: Binding) -> Iterator[Row]:
    row = replace(
        _row(binding.target),
        required=binding.required and binding.field.default is None,
        flow=CREATION if binding.field.mutable == "create" and binding is not kind.naming else ALWAYS,
    )
    if binding.field.ref:
        yield replace(
            row, target=row.target.removesuffix(".value"), type="Reference", refers=tuple(types(binding.field))
        )
    elif binding.target.leaf.type != "complex":
        yield row
    else:
        for path in WHOLE.get(binding.path, ()):
            yield replace(row, target=path)


def _row(target: Target) -> Row:
    return Row("", target.text, TYPES.get(target.leaf.type, "String"), exact=target.leaf.case_exact)


def _simple(kind: Kind, path: str) -> Target | None:
    """An attribute that the identity map keeps, if it is one value."""
    try:
        target = resolve(kind.schema, parse_path(path))
    except UnknownAttribute:
        return None
    return target if target.leaf.type != "complex" and kind.holding.keeps(target) else None
