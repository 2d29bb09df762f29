"""One connection examined step by step, without a word about the people in it: only counts and names of fields."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.cli.advice import advice, searched, sorted_natively
from gateway.cli.counting import counting, noted
from gateway.faults import place
from scim.finding import PAGE, look
from scim.kind import Kind
from scim.mapping import Binding
from scim_adapter import Adapter, AdapterError, Denied, Get, Native, Query

SECONDS = 60.0
VERBS = ("find", "get", "create", "update", "amend", "delete")


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried, how it went, and the calls that it cost."""

    step: str
    state: str
    text: str
    calls: Mapping[str, int]
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the mapping table. `filled`: how many of the records that were read have a value; None when unknown."""

    path: str
    native: str
    required: bool
    mutable: str
    unique: str
    search: str
    sort: str
    filled: int | None


@dataclass(frozen=True, slots=True)
class Examined:
    """One resource type: what it can do, and how its attributes are held."""

    type: str
    verbs: Sequence[str]
    records: int
    rows: Sequence[Row]


@dataclass(slots=True)
class Examination:
    """Everything that was found out."""

    steps: list[Step] = field(default_factory=list)
    types: list[Examined] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no step failed."""
        return all(step.state == "ok" for step in self.steps)


async def examine(adapter: Adapter[Any], kinds: Sequence[Kind], *, secrets: bool) -> Examination:
    """Check the backend, then look at one page of each resource type."""
    found = Examination()
    with counting(kind.resource.native for kind in kinds) as calls:
        with noted() as remarks:
            await _step(found, calls, "check", lambda: _checked(adapter))
        found.warnings += [f"check: {one}" for one in remarks]
        usable = found.ok  # refused credentials are not tried again and again: some backends lock the account
        for kind in kinds:
            records = await _records(found, calls, kind) if usable else []
            found.types.append(await _examined(kind, records))
            found.warnings += [f"{kind.type}: {one}" for one in await advice(kind, secrets=secrets)]
            found.warnings += [f"{kind.type}: {one}" for one in _dirty(kind, records)]
    return found


async def _checked(adapter: Adapter[Any]) -> tuple[str, None]:
    await adapter.check()
    return "the backend answers and takes the credentials", None


async def _records(found: Examination, calls: Counter[str], kind: Kind) -> list[Native]:
    """A page of records; the first of them is found again by its key and by its name."""
    records = await _step(found, calls, f"find {kind.type}", lambda: _page(kind)) or []
    if records:
        await _step(found, calls, f"get {kind.type}", lambda: _again(kind, records[0]))
        await _step(found, calls, f"match {kind.type}", lambda: _matched(kind, records[0]))
    return records


async def _page(kind: Kind) -> tuple[str, list[Native]]:
    page = await kind.resource.find(Query(limit=PAGE, ask=kind.asking()))
    records = list(page.records)
    lacking = sum(1 for record in records if record.get(kind.resource.key) in (None, ""))
    if lacking:
        raise Wrong(f"{lacking} of {len(records)} records have no {kind.resource.key}, which is their key.")
    of = "" if page.total is None else f" of {page.total}"
    more = ", and perhaps more pages" if page.next is not None else ""
    return f"a page of {len(records)}{of} record{'' if len(records) == 1 and not of else 's'}{more}", records


async def _again(kind: Kind, record: Native) -> tuple[str, None]:
    again = await kind.resource.get(Get(kind.key_of(record), ask=kind.asking()))
    if kind.key_of(again) != kind.key_of(record):
        raise Wrong("The record that answers to the key of the first one has another key.")
    return "the first record is read by its key", None


async def _matched(kind: Kind, record: Native) -> tuple[str, None]:
    """What an identity provider does most: look for somebody by name."""
    name = kind.naming.to_scim(record.get(kind.naming.field.native))
    if not isinstance(name, str):
        return f"the first record has no {kind.naming.path}; nothing to look for", None
    exact = "eq" not in kind.resource.can.filter.get(kind.naming.field.native, ())
    asked = name if exact or not name.isascii() else name.swapcase()
    case = "" if asked == name else " in another case"
    if await look(kind, asked, kind.asking()) is None:
        raise Wrong(f"The first record is not found by its {kind.naming.path}{case}.")
    return f"the first record is found by its {kind.naming.path}{case}", None


class Wrong(Exception):
    """The backend answered, and the answer cannot be right. The message says why."""


async def _step(
    found: Examination, calls: Counter[str], name: str, action: Callable[[], Awaitable[tuple[str, Any]]]
) -> Any:
    calls.clear()
    started, state, value = time.monotonic(), "ok", None
    try:
        async with asyncio.timeout(SECONDS):
            text, value = await action()
    except (AdapterError, Wrong) as error:
        state = "refused" if isinstance(error, Denied) else "failed"
        text = str(error) or type(error).__name__
    except TimeoutError:
        state, text = "failed", f"it did not answer within {SECONDS:.0f} seconds."
    except Exception as error:  # a fault of the adapter's; its message may hold anything, so only its place is told
        state, text = "failed", f"the adapter has a fault: {type(error).__name__} in {place(error)}."
    taken = round((time.monotonic() - started) * 1000)
    found.steps.append(Step(name, state, text, dict(calls), taken))
    return value


async def _examined(kind: Kind, records: Sequence[Native]) -> Examined:
    verbs = [verb for verb in VERBS if kind.resource.declares(verb)]
    return Examined(kind.type, verbs, len(records), [await _row(kind, one, records) for one in kind.table.bindings])


async def _row(kind: Kind, binding: Binding, records: Sequence[Native]) -> Row:
    entry = binding.field
    known = bool(records) and entry.listed and not entry.write_only
    filled = sum(1 for record in records if _value(binding, record)) if known else None
    required = binding.required and entry.default is None
    search, sort = await searched(kind, binding), "native" if sorted_natively(kind, binding) else ""
    return Row(binding.path, entry.native, required, entry.mutable, entry.unique, search, sort, filled)


def _value(binding: Binding, record: Native) -> bool:
    """Whether a client would see a value here."""
    if binding.field.ref:
        try:
            return bool(binding.references(record))
        except Exception:  # the adapter's `read`, on a value that it does not know
            return False
    return binding.to_scim(record.get(binding.field.native)) is not None


def _dirty(kind: Kind, records: Sequence[Native]) -> list[str]:
    """Fields whose values cannot be read, and keys that occur twice."""
    told = []
    for binding in kind.table.bindings:
        if binding.field.write_only:
            continue
        held = [record for record in records if record.get(binding.field.native) not in (None, "", [])]
        unreadable = sum(1 for record in held if not _value(binding, record))
        if unreadable:
            told.append(f"{binding.path}: {unreadable} of {len(held)} values of {binding.field.native} cannot be read.")
    if len({kind.key_of(record) for record in records}) < len(records):
        told.append("A page holds several records with one key; clients see only one of them.")
    return told
