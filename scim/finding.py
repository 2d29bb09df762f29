"""Finding records in a backend: all of a search, or the one that has a value."""

from __future__ import annotations

from collections.abc import AsyncIterator

from scim.errors import ScimError
from scim.kind import Kind
from scim.mapping import Binding
from scim.narrowing import native_equality
from scim.paths import Json, Target
from scim_adapter import Ask, Condition, Native, Query

PAGE = 100
"""Records asked of a backend at once."""


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
    condition = native_equality(kind, binding, value)
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
    condition = native_equality(kind, binding, value)
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
