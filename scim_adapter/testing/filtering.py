"""Promises of declared filters and orders: too much is fine, too little is a bug."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from scim_adapter import Condition, Field, Native, NotFound
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.matching import elements, holds
from scim_adapter.testing.samples import parts
from scim_adapter.testing.subject import Subject

TEXTUAL = ("eq", "co", "sw", "ew")
AWKWARD_IN = frozenset(("username", "externalid", "displayname", "title", "nickname", "name.givenname",
                        "name.familyname", "department", "employeenumber"))  # fmt: skip
EXACT = frozenset(("id", "externalid", "profileurl", "photos", "x509certificates", "meta.version"))
"""Attributes in which SCIM itself tells upper from lower case (RFC 7643 sections 3.1, 4.1 and 8.7)."""


class Filtering(Kit):
    """Searching."""

    @needs(can="filter")
    async def test_declared_filters_lose_no_match(self, subject: Subject) -> None:
        known = await subject.some(4)
        writable = {row.native for row in subject.changeable()}
        for field, op in _declared(subject):
            empty = all(record.get(field) in (None, "", []) for record in known)
            assert not (empty and field in writable), f"no sample has a value in {field}: its filter cannot be tested"
            for record in known[:2]:
                for value in _values(op, record.get(field)):
                    await _demand(subject, known, Condition(field, op, (value,)))

    @needs(can="filter")
    async def test_declared_filters_ignore_case(self, subject: Subject) -> None:
        """A filter that minds it is declared as eq-exact, and is then asked with both spellings."""
        known = await subject.some(3)
        for field, op in _declared(subject):
            exact = "eq-exact" in subject.resource.can.filter[field] and op == "eq"
            if not exact and (op not in TEXTUAL or _minds_case(subject, field)):
                continue
            for value in _values(op, known[0].get(field)):
                if isinstance(value, str):
                    asked = (value.swapcase(), value.lower(), value) if exact else (value.swapcase(),)
                    await _demand(subject, known, Condition(field, op, asked))

    @needs("create", can="filter")
    async def test_filters_take_quotes_wildcards_blanks_and_foreign_letters(self, subject: Subject) -> None:
        """Where the backend refuses some of them, say which it takes in `awkward`."""
        fields = [f for f in _texts(subject) if f.native not in self.values and not f.write]
        known = []
        for n, text in enumerate(self.awkward, 1):
            known.append(await subject.make(n, **{field.native: f"{text} {n}" for field in fields}))
        wanted = {field.native for field in fields}
        for field, op in _declared(subject):
            if field in wanted and op in TEXTUAL:
                for record, text in zip(known, self.awkward, strict=True):
                    value = str(record[field]) if op in ("eq", "ew") else text
                    await _demand(subject, known, Condition(field, op, (value,)))

    @needs(can="filter")
    async def test_every_value_of_a_condition_counts(self, subject: Subject) -> None:
        """A condition holds for any of its values, on every page of the answer."""
        known = await subject.some(4)
        for field, op in _declared(subject):
            values = tuple(dict.fromkeys(value for record in known for value in _values(op, record.get(field))))
            if len(values) > 1:
                await _demand(subject, known, Condition(field, op, values), limit=2)

    @needs(can="filter")
    async def test_conditions_hold_together(self, subject: Subject) -> None:
        known = await subject.some(3)
        record = known[1]
        terms = [
            term
            for field, op in _declared(subject)
            for value in _values(op, record.get(field))
            if _matches(subject, term := Condition(field, op, (value,)), record)
        ]
        for one, other in itertools.pairwise(terms):
            assert subject.key(record) in await subject.keys(one, other), (
                f"{_told(one)} and {_told(other)} lose a match"
            )

    @needs(can="filter")
    async def test_a_search_for_nobody_is_no_error(self, subject: Subject) -> None:
        await subject.some(1)
        for field, op in _declared(subject):
            if op != "pr" and field in {row.native for row in _texts(subject)}:
                try:
                    pages = await subject.walk(Condition(field, op, ("nobody-has-this",)))
                except NotFound:
                    raise AssertionError(f"find raises NotFound where nobody has the {field}; answer Page()") from None
                assert pages, "find answers with no page"

    @needs(can="sort")
    async def test_declared_orders_are_kept(self, subject: Subject) -> None:
        """Whatever the case; records without a value come last, and first when descending (RFC 7644, 3.4.2.3)."""
        known = await subject.some(4)
        if subject.resource.declares("create"):
            known = [*known, await self._without(subject), await self._without(subject, 6)]
        for native, descending in itertools.product(sorted(subject.resource.can.sort), (False, True)):
            found = await subject.all(order=native, descending=descending, limit=2)
            keys = [subject.key(record) for record in found]
            assert len(keys) == len(set(keys)) >= len(known), f"pages in the order of {native} repeat or lose a record"
            ranks = [_rank(record.get(native)) for record in found]
            assert ranks == sorted(ranks, reverse=descending), f"records are not in the order of {native}: {ranks}"

    async def _without(self, subject: Subject, n: int = 5) -> Native:
        """A record with nothing but what it needs, and with capitals."""
        full = await subject.full(n)
        needed = {row.native for row in subject.rows() if row.required or row.default or row.unique == "backend"}
        record = {native: value for native, value in full.items() if native in needed}
        texts = {f.native for f in _texts(subject) if f.native not in self.values and not f.write}
        return await subject.read(
            await subject.create({k: v.upper() if k in texts and isinstance(v, str) else v for k, v in record.items()})
        )


def _declared(subject: Subject) -> Iterator[tuple[str, Any]]:
    """The filters that a resource declares: native field and operator."""
    for field, operators in subject.resource.can.filter.items():
        for op in sorted({op.removesuffix("-exact") for op in operators}):
            yield field, op


def _values(op: str, held: Any) -> list[Any]:
    """What to ask for so that a record which holds this matches."""
    if op == "pr":
        return [None] if held not in (None, "", []) else []
    if isinstance(held, bool | int | float):
        return [held]
    texts = list(elements(held))[:2]
    cut = {"co": slice(1, -1), "sw": slice(None, 4), "ew": slice(-4, None)}.get(op, slice(None))
    return [f"{text}-other" if op == "ne" else text[cut] or text for text in texts]


async def _demand(subject: Subject, known: list[Native], condition: Condition, limit: int = 100) -> None:
    if condition.op == "pr":
        condition = Condition(condition.field, "pr")
    wanted = {subject.key(record) for record in known if _matches(subject, condition, record)}
    found = {subject.key(record) for record in await subject.all(condition, limit=limit)}
    assert wanted <= found, f"{_told(condition)} loses {len(wanted - found)} of {len(wanted)} records that match"


def _matches(subject: Subject, condition: Condition, record: Native) -> bool:
    """A filter that minds case need not find what differs in case alone."""
    if "eq" in subject.resource.can.filter[condition.field] or condition.op != "eq":
        exact = condition.op in TEXTUAL and _minds_case(subject, condition.field)
    else:
        exact = True
    if exact and condition.op == "eq":
        return not {str(value) for value in condition.values}.isdisjoint(elements(record.get(condition.field)))
    return holds(condition, record)


def _minds_case(subject: Subject, native: str) -> bool:
    """Whether the values of a field are keys, or SCIM tells case apart in them."""
    rows = {field.native: (path, field) for path, field in subject.fields.items()}
    if native == subject.resource.key or native not in rows:
        return True
    path, field = rows[native]
    attribute, _, sub = parts(path)
    return bool(field.ref) or attribute in EXACT or f"{attribute}.{sub}" in EXACT


def _texts(subject: Subject) -> list[Field]:
    """Fields of plain text that may hold anything."""
    found = []
    for path, field in subject.fields.items():
        attribute, _, sub = parts(path)
        name = f"{attribute}.{sub}" if sub else attribute
        if name in AWKWARD_IN and field.mutable != "never" and not field.many:
            found.append(field)
    return found


def _told(condition: Condition) -> str:
    return f"{condition.field} {condition.op} {list(condition.values)}"


def _rank(value: Any) -> tuple[bool, Any]:
    """Where a value stands: none after everything else."""
    if value is None or value == "":
        return True, ""
    return False, value if isinstance(value, bool | int | float) else str(value).casefold()
