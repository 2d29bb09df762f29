"""Promises about bad days: answers are lost, calls are repeated, values are missing. See `FaultyResource`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from scim_adapter import Change, Delta, Exists, Get, New, NotFound, Query, Unavailable
from scim_adapter.testing.amending import lists
from scim_adapter.testing.faulty import FaultyResource
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.matching import shown
from scim_adapter.testing.subject import Subject

T = TypeVar("T")


class Failing(Kit):
    """A lost answer looks like a failure, and the engine repeats the call."""

    @needs("create")
    async def test_a_create_whose_answer_was_lost_made_one_record(self, subject: Subject) -> None:
        """Repeated it answers with the same record or says that the name is taken."""
        guarded = any(field.unique == "backend" for field in subject.readable())
        if not (guarded or subject.resource.can.repeatable_create):
            pytest.skip("Neither the backend nor an operation's id keeps two records apart.")
        new, faulty = New(await subject.full(1), subject.ask()), FaultyResource(subject.resource, lost={"create": 1})
        before = await subject.keys()
        with pytest.raises(Unavailable):
            await faulty.create(new)
        made = await subject.keys() - before
        assert len(made) == 1, f"one create makes {len(made)} records"
        try:
            again = await faulty.create(new)
            assert subject.resource.can.repeatable_create, "a second create succeeds: declare repeatable_create"
            assert {again if isinstance(again, str) else subject.key(again)} == made, (
                "a repeat answers with another key"
            )
        except Exists:
            assert not subject.resource.can.repeatable_create, "repeatable_create is declared and a repeat is Exists"
        assert await subject.keys() - before == made, "a repeated create makes a second record"

    @needs("create", "update")
    async def test_an_update_whose_answer_was_lost_can_be_repeated(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        values = {field.native: wanted[field.native] for field in subject.changeable()}
        change, faulty = subject.change(record, values), FaultyResource(subject.resource, lost={"update": 1})
        with pytest.raises(Unavailable):
            await faulty.update(change)
        found = await subject.read(subject.key(change.after if subject.resource.can.mutable_key else record))
        await faulty.update(replace(subject.change(found, values), ask=change.ask))
        after = await subject.read(subject.key(found))
        lost = subject.differing(values, after)
        assert not lost, f"an update repeated after its answer was lost leaves {lost} unchanged"

    @needs("create", "update")
    async def test_one_operation_may_create_and_then_update(self, subject: Subject) -> None:
        """`Ask.op` is the same for all calls of one operation: an update must not be taken for a repeat of a create."""
        ask, wanted = subject.ask(), await subject.full(6)
        made = await subject.resource.create(New(await subject.full(1), ask))
        record = await subject.read(made if isinstance(made, str) else subject.key(made))
        field = next(one.native for one in subject.changeable() if one.unique == "no" and not one.ref)
        change = subject.change(record, {field: wanted[field]})
        await subject.resource.update(
            Change(change.key, change.before, change.after, change.set, change.version, ask=ask)
        )
        lost = subject.differing({field: wanted[field]}, await subject.read(change.key))
        assert not lost, "an update with the operation of the create is not carried out"

    @needs("create", "delete")
    async def test_a_delete_whose_answer_was_lost_ends_in_not_found(self, subject: Subject) -> None:
        record = await subject.make(1)
        faulty = FaultyResource(subject.resource, lost={"delete": 1})
        with pytest.raises(Unavailable):
            await faulty.delete(subject.gone(record))
        with pytest.raises(NotFound):
            await faulty.delete(subject.gone(record))

    @needs("create", "amend")
    async def test_an_amend_whose_answer_was_lost_can_be_repeated(self, subject: Subject) -> None:
        await subject.full(1)
        for n, field in enumerate(lists(subject)):
            keys = [key for key, _ in subject.pool(field)][:2]
            record = await subject.make(30 + n, **{field.native: None})
            delta = Delta(subject.key(record), record, field.native, keys, [], subject.ask())
            faulty = FaultyResource(subject.resource, lost={"amend": 1})
            with pytest.raises(Unavailable):
                await faulty.amend(delta)
            await faulty.amend(delta)
            found = shown(field, await subject.read(subject.key(record)))
            assert found == set(keys), f"an amend that was repeated leaves {found} in {field.native}"

    async def test_a_walk_goes_on_after_a_page_that_was_lost(self, subject: Subject) -> None:
        known = {subject.key(record) for record in await subject.some(5)}
        at = {"find": 2}
        for faulty in (FaultyResource(subject.resource, lost=at), FaultyResource(subject.resource, unavailable=at)):
            found: list[str] = []
            cursor: str | None = None
            for _ in range(1000):
                query = Query(offset=len(set(found)), cursor=cursor, limit=2, ask=subject.ask())
                page = await _twice(faulty.find, query)
                found += (keys := [subject.key(record) for record in page.records])
                cursor = page.next
                more = subject.resource.can.offset and page.total is not None and len(set(found)) < page.total
                if not keys or (cursor is None and not more):
                    break
            assert known <= set(found), "a walk that was interrupted loses records"
            assert len(found) == len(set(found)), "a walk that was interrupted repeats records"

    async def test_records_without_values_are_borne(self, subject: Subject) -> None:
        """Backends forget to fill a field. `own` is asked of every record, and `update` gets it as `before`."""
        [record] = await subject.some(1)
        others = [name for name in record if name != subject.resource.key]
        nulled = await FaultyResource(subject.resource, null=others).get(Get(subject.key(record), ask=subject.ask()))
        for poor in (nulled, {subject.resource.key: record[subject.resource.key]}):
            assert subject.resource.own(poor) in (True, False), (
                "own does not tell whether a record without values is it"
            )


async def _twice(call: Callable[[Query], Awaitable[T]], query: Query) -> T:
    try:
        return await call(query)
    except Unavailable:
        return await call(query)
