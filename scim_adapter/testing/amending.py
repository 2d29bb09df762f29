"""Promises of `amend`: members come and go, in any order, as often as it is said."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from scim_adapter import Delta, Field, Native
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.matching import shown
from scim_adapter.testing.subject import Subject


class Amending(Kit):
    """Adding and removing members."""

    @needs("create", "amend")
    async def test_amend_adds_and_removes_and_touches_nothing_else(self, subject: Subject) -> None:
        async for field, record, (one, two, three) in _lists(subject):
            other = await subject.make(8)
            await _amend(subject, record, field, [one, two], [])
            assert await _members(subject, record, field) == {one, two}, f"amend does not add to {field.native}"
            await _amend(subject, record, field, [three], [one])
            after = await subject.read(subject.key(record))
            assert shown(field, after) == {two, three}, f"amend does not add and remove at once in {field.native}"
            lost = subject.differing(record, after, but=[field.native])
            assert not lost, f"amend of {field.native} changes {lost} too"
            lost = subject.differing(other, await subject.read(subject.key(other)))
            assert not lost, f"amend of one record changes {lost} of another one"

    @needs("create", "amend")
    async def test_amend_may_come_twice(self, subject: Subject) -> None:
        """A member to add may be there already, one to remove may be gone."""
        async for field, record, (one, two, three) in _lists(subject):
            for _ in range(2):
                await _amend(subject, record, field, [one, two], [three])
                assert await _members(subject, record, field) == {one, two}, f"amend twice changes {field.native}"
            key = subject.key(record)
            await subject.resource.amend(Delta(key, record, field.native, [], [one, three], subject.ask()))
            assert await _members(subject, record, field) == {two}, "one who is gone keeps another from being removed"

    @needs("create", "amend")
    async def test_amends_may_come_in_any_order(self, subject: Subject) -> None:
        async for field, _, (one, two, three) in _lists(subject):
            deltas = [([one], []), ([two], [three]), ([], [three])]
            ends = []
            for n, order in enumerate(itertools.permutations(deltas), 20):
                record = await subject.make(n, **{field.native: None})
                for added, removed in order:
                    await _amend(subject, record, field, added, removed)
                ends.append(await _members(subject, record, field))
            assert all(end == {one, two} for end in ends), f"the order of amends of {field.native} matters: {ends}"

    @needs("create", "amend")
    async def test_a_lists_elements_are_added_in_any_order(self, subject: Subject) -> None:
        async for field, record, members in _lists(subject):
            await _amend(subject, record, field, sorted(members, reverse=True), [])
            assert await _members(subject, record, field) == set(members), f"amend loses members of {field.native}"


async def _amend(subject: Subject, record: Native, field: Field, added: Iterable[str], removed: Iterable[str]) -> None:
    key = subject.key(record)
    await subject.resource.amend(Delta(key, record, field.native, list(added), list(removed), subject.ask()))


async def _members(subject: Subject, record: Native, field: Field) -> set[str]:
    return set(shown(field, await subject.read(subject.key(record))) or ())


def lists(subject: Subject) -> Iterator[Field]:
    """The reference lists that can be amended."""
    yield from (field for field in subject.rows() if field.ref and field.many and field.mutable == "always")


async def _lists(subject: Subject) -> AsyncIterator[tuple[Field, Native, tuple[str, str, str]]]:
    """Each list that can be amended, a record whose list is empty, and three keys for it."""
    await subject.full(1)
    for n, field in enumerate(lists(subject)):
        keys = [key for key, _ in subject.pool(field)]
        if len(keys) < 3:
            pytest.fail(f"{field.native} can be amended: give a fixture named targets with three keys of {field.ref}.")
        yield field, await subject.make(10 + n, **{field.native: None}), (keys[0], keys[1], keys[2])
