"""Searching a backend: what it can do natively narrows the search, and the engine decides what matches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from scim.errors import ScimError
from scim.filters import NUMERIC, Comparison, Filter, Present, ValuePath, conjuncts
from scim.kind import Kind
from scim.mapping import Binding
from scim.paths import Json, Target, as_boolean, equalities, resolve_attribute, selected
from scim.schemas import Attribute
from scim_adapter import Ask, Condition, Native, Query

TYPE = "meta.resourceType"
PAGE = 100
"""Records asked of a backend at once."""


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
    wanted = [pair for term in conjuncts(filter) for pair in _equality(kind, term)]
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


def _equality(kind: Kind, term: Filter) -> Iterator[tuple[Binding | str, object]]:
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
    condition = _condition(kind, binding, wanted)
    return replace(found, where=(*found.where, condition)) if condition else found


def _condition(kind: Kind, binding: Binding, wanted: object) -> Condition | None:
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
    condition = _condition(kind, kind.naming, found.kept[1])
    return Search((condition,) if condition else ())


async def drain(kind: Kind, where: tuple[Condition, ...], ask: Ask, limit: int | None = None) -> AsyncIterator[Native]:
    """All records of a search, once each; a page that brings nothing new ends it.

    With `limit` it stops with 400 tooMany after so many records.
    """
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = await kind.resource.find(Query(where, offset=len(seen), cursor=cursor, limit=PAGE, ask=ask))
        before = len(seen)
        for record in page.records:
            if kind.usable(record) and (key := kind.key_of(record)) not in seen:
                seen.add(key)
                yield record
        if limit is not None and len(seen) > limit:
            raise ScimError(400, "Too many accounts would have to be read for this filter; narrow it.", "tooMany")
        cursor = page.next
        more = kind.resource.can.offset and page.total is not None and len(seen) < page.total
        if len(seen) == before or (cursor is None and not more):
            return


async def match(kind: Kind, resource: Json, ask: Ask) -> Native | None:
    """The one record that has a value of the connection's `match` attributes; 409 when several have it."""
    for target in kind.matching:
        value = target.read(resource)
        found = await _having(kind, target, value, ask) if isinstance(value, str) else []
        if len(found) > 1:
            raise ScimError(409, f"Several accounts have this {target.text}; settle that in the backend.", "uniqueness")
        if found:
            return found[0]
    return None


async def _having(kind: Kind, target: Target, value: str, ask: Ask) -> list[Native]:
    """Up to two records with this value: mapped ones are searched for, kept ones are looked up."""
    binding = kind.table.holding(target)
    if binding is None:
        links = await kind.map.with_kept(kind.type, target.text, value)
        same = [one for one in links if _fold(target, str(one.kept[target.text])) == _fold(target, value)]
        return [await kind.fetch(link, ask) for link in same[:2]]
    condition = _condition(kind, binding, value)
    found = []
    async for record in drain(kind, (condition,) if condition else (), ask):
        held = target.read(kind.bare(record, {}))
        if isinstance(held, str) and _fold(target, held) == _fold(target, value):
            found.append(record)
        if len(found) == 2:
            break
    return found


def _fold(target: Target, value: str) -> str:
    return value if target.leaf.case_exact else value.casefold()


async def look(kind: Kind, value: str, ask: Ask) -> Native | None:
    """The record with this name (`userName` of a User), visible or hidden, whatever the case; None when nobody has it.

    Where the backend's own search is case-sensitive, a miss is believed if the backend refuses duplicates itself;
    if the gateway alone guards the value, everything is read once.
    """
    binding = kind.naming
    condition = _condition(kind, binding, value)
    where = (condition,) if condition else ()
    record = await _holder(kind, binding, where, value, ask)
    exact = "eq" not in kind.resource.can.filter.get(binding.field.native, ())
    if record is None and where and exact and binding.field.unique == "gateway":
        record = await _holder(kind, binding, (), value, ask)
    return record


async def _holder(kind: Kind, binding: Binding, where: tuple[Condition, ...], value: str, ask: Ask) -> Native | None:
    async for record in drain(kind, where, ask):
        held = binding.to_scim(record.get(binding.field.native))
        if isinstance(held, str) and held.casefold() == value.casefold():
            return record
    return None
