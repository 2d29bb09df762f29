"""What a filter lets a backend be asked for: what it can do natively narrows the search, the engine decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scim.filters import NUMERIC, Comparison, Filter, Present, ValuePath, conjuncts
from scim.kind import Kind
from scim.mapping import Binding
from scim.paths import as_boolean, equalities, resolve_attribute, selected
from scim.schemas import Attribute
from scim_adapter import Condition

TYPE = "meta.resourceType"


@dataclass(frozen=True, slots=True)
class Search:
    """What a filter lets the gateway ask for, beside evaluating it."""

    where: tuple[Condition, ...] = ()
    """Beside `by_link` only what lists lack: asking for it spares reading a long list to say no."""
    id: str | None = None
    kept: tuple[str, str] | None = None
    nobody: bool = False
    """Nothing can match: a reference to nobody is asked for."""

    @property
    def by_link(self) -> bool:
        """Whether the map knows who may match, so that the backend is asked for nobody else."""
        return self.id is not None or self.kept is not None


async def search(kind: Kind, filter: Filter) -> Search:
    """The narrowest search that misses nothing. All attributes of the filter are known and mapped."""
    found = Search()
    wanted = [pair for term in conjuncts(filter) for pair in _demanded(kind, term)]
    for attribute, value in wanted:
        if attribute == TYPE:
            found = replace(found, nobody=found.nobody or str(value).casefold() != kind.type.casefold())
        elif attribute == "id":
            found = replace(found, id=str(value))
        elif isinstance(attribute, str):
            found = replace(found, kept=(attribute, value)) if isinstance(value, str) else found
    for attribute, value in wanted:
        if isinstance(attribute, Binding) and not (found.by_link and attribute.field.listed):
            found = await _narrowed(kind, found, attribute, value)
    if found.by_link:
        return found
    others = [condition for term in conjuncts(filter) if (condition := _beside_equality(kind, term))]
    return replace(found, where=(*found.where, *others))


def _demanded(kind: Kind, term: Filter) -> Iterator[tuple[Binding | str, object]]:
    """The pairs (binding, or path of what is unmapped, value) that a conjunct demands to be equal."""
    if isinstance(term, Comparison) and term.op == "eq" and term.value is not None:
        target = resolve_attribute(kind.schema, term.path)
        mine = kind.table.of_attribute(target)
        exact = next((b for b in mine if b.target.filter is None and _compares(b, target.sub)), None)
        indexed = kind.holding.keeps(target) and not target.leaf.multi and target.leaf.type == "string"
        if exact or target.text in ("id", TYPE) or indexed:
            compared = (target.leaf.sub("value") or target.leaf).type
            yield exact or target.text, term.literal(compared)
    elif isinstance(term, ValuePath):
        target = resolve_attribute(kind.schema, term.path)
        values = equalities(term.filter, target.attribute) or {}
        for binding in kind.table.of_attribute(target):
            sub = binding.target.sub.name if binding.target.sub else "value"
            if sub in values and selected(values, binding.target.selector or {}):
                yield binding, values[sub]


def _compares(binding: Binding, sub: Attribute | None) -> bool:
    """Whether an `eq` on the attribute, or on this sub-attribute of it, is an `eq` on the binding's native field."""
    if sub is None:
        return binding.target.sub is None or binding.target.sub.name == "value"
    return sub is binding.target.sub or (binding.target.sub is None and sub.name == "value")


def _beside_equality(kind: Kind, term: Filter) -> Condition | None:
    """A native comparison for the other operators, where the backend has it and its values are those of SCIM."""
    if not isinstance(term, Comparison | Present):
        return None
    op: Any = "pr" if isinstance(term, Present) else term.op
    target = resolve_attribute(kind.schema, term.path)
    mine = (b for b in kind.table.of_attribute(target) if b.target.filter is None and _compares(b, target.sub))
    field = next((b.field for b in mine if not (b.field.read or b.field.write or b.field.ref)), None)
    if field is None or op in ("eq", "ne") or op not in kind.resource.can.filter.get(field.native, ()):
        return None
    if isinstance(term, Present):
        return Condition(field.native, op)
    value = term.literal(target.leaf.type)
    texts = target.leaf.type != "boolean" and target.leaf.type not in NUMERIC
    fits = isinstance(value, str if texts else int | float) and not isinstance(value, bool)
    return Condition(field.native, op, (value,)) if fits else None


async def _narrowed(kind: Kind, found: Search, binding: Binding, wanted: object) -> Search:
    if binding.field.ref:
        key = await kind.references.key(binding.field, str(wanted))
        if key is None:
            return replace(found, nobody=True)
        wanted = key
    condition = native_equality(kind, binding, wanted)
    return replace(found, where=(*found.where, condition)) if condition else found


def native_equality(kind: Kind, binding: Binding, wanted: object) -> Condition | None:
    """A native comparison for `eq`, where the backend has one. A case-sensitive one is asked in both spellings.

    On a list it holds when any of the list's values is equal.
    """
    field = binding.field
    operators = kind.resource.can.filter.get(field.native, frozenset())
    if field.write_only or not operators & {"eq", "eq-exact"} or (field.many and field.write and not field.ref):
        return None
    if binding.target.leaf.type == "boolean":
        wanted = as_boolean(wanted)
    translate = field.write if field.write and not field.ref else _same
    try:
        values = [translate(wanted)]
        if "eq" not in operators and isinstance(wanted, str) and not field.ref:
            values.append(translate(wanted.lower()))
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # the backend has no such value; who else may match is seen when it is evaluated
    if any(isinstance(value, list | dict) for value in values):
        return None  # the backend holds more than a value here, which it cannot be asked for by one
    return Condition(field.native, "eq", tuple(dict.fromkeys(values)))


def _same(value: object) -> object:
    return value


def by_name(kind: Kind, found: Search) -> Search | None:
    """The search for who has a name that nobody was given in the map; None when no such name is asked for."""
    if kind.kept_name is None or found.kept is None or found.kept[0] != kind.kept_name.name:
        return None
    condition = native_equality(kind, kind.naming, found.kept[1])
    return Search((condition,) if condition else ())
