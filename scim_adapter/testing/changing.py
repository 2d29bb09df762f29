"""Promises of `update`: what changed and nothing else."""

from __future__ import annotations

import copy

import pytest

from scim_adapter import Stale
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.matching import same, shown
from scim_adapter.testing.subject import Subject


class Changing(Kit):
    """Updating."""

    @needs("create", "update")
    async def test_update_changes_only_what_changed(self, subject: Subject) -> None:
        record, other = await subject.make(1), await subject.make(2)
        wanted = await subject.full(6)
        for field in subject.changeable():
            native = field.native
            after = await subject.put(record, {native: wanted[native]})
            assert same(shown(field, wanted), shown(field, after)), f"update does not change {native}"
            lost = subject.differing(record, after, but=[native])
            assert not lost, f"an update of {native} alone changes {lost} too"
            record = after
        lost = subject.differing(other, await subject.read(subject.key(other)))
        assert not lost, f"an update of one record changes {lost} of another one"

    @needs("create", "update")
    async def test_several_fields_change_in_one_update(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        values = {field.native: wanted[field.native] for field in subject.changeable()}
        lost = subject.differing(values, await subject.put(record, values))
        assert not lost, f"an update of all fields at once does not change {lost}"

    @needs("create", "update")
    async def test_none_clears(self, subject: Subject) -> None:
        """Flags apart, whose absence each backend reads in its own way, and fields with a default."""
        record = await subject.make(1)
        for field in subject.changeable():
            old = record.get(field.native)
            if field.required or field.default or isinstance(old, bool) or field.unique == "gateway":
                continue
            after = await subject.put(record, {field.native: None})
            assert shown(field, after) is None, f"None does not clear {field.native}"
            lost = subject.differing(record, after, but=[field.native])
            assert not lost, f"clearing {field.native} changes {lost} too"
            record = await subject.put(after, {field.native: old})

    @needs("create", "update")
    async def test_update_answers_with_the_record_or_nothing(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        field = next(one.native for one in subject.changeable())
        answer = await subject.resource.update(subject.change(record, {field: wanted[field]}))
        if answer is not None:
            found = await subject.read(subject.key(answer))
            differing = subject.differing(found, answer)
            assert not differing, f"update answers otherwise than get does: {differing}"
            assert subject.differing(record, answer) or same(record.get(field), wanted[field]), (
                "update answers with the record as it was before"
            )

    @needs("create", "update")
    async def test_update_leaves_what_it_is_given_alone(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        values = {field.native: wanted[field.native] for field in subject.changeable()}
        change = subject.change(record, values)
        kept = copy.deepcopy((change.before, change.after, change.set))
        await subject.resource.update(change)
        assert (change.before, change.after, change.set) == kept, "update changes what it is given"

    @needs("create", "update")
    async def test_the_same_update_may_come_again(self, subject: Subject) -> None:
        """The first answer was lost, and the engine has read the record anew."""
        record, wanted = await subject.make(1), await subject.full(6)
        values = {field.native: wanted[field.native] for field in subject.changeable()}
        once = await subject.put(record, values)
        lost = subject.differing(once, await subject.put(once, values))
        assert not lost, f"the same update a second time changes {lost}"

    @needs("create", "update")
    async def test_the_key_stays_unless_it_is_declared_mutable(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        key = subject.key(record)
        for field in subject.changeable():
            record = await subject.put(record, {field.native: wanted[field.native]})
            renamed = subject.key(record) != key
            assert not renamed or subject.resource.can.mutable_key, f"an update of {field.native} changes the key"
            if renamed:
                assert await subject.missing(key), "a record is found under its old key too"
                key = subject.key(record)

    @needs("create", "update")
    async def test_fresh_without_a_difference_changes_nothing(self, subject: Subject) -> None:
        record = await subject.make(1)
        lost = subject.differing(record, await subject.put(record, {}, fresh=True))
        assert not lost, f"a fresh update that sets nothing changes {lost}"

    @needs("create", "update")
    async def test_fresh_repeats_the_side_steps_of_create(self, subject: Subject) -> None:
        """A create was cut off before its side steps, and the record that was read does not show it: an update that
        sets nothing and is `fresh` must do them. Name them in `side_steps`."""
        if not self.side_steps:
            pytest.skip("The adapter names no side_steps.")
        rows = {field.native: field for field in subject.rows()}
        for n, (native, value) in enumerate(self.side_steps.items(), 1):
            other = next(one for one in map(subject.sample, range(20)) if one[native] != value)[native]
            record = await subject.make(n, **{native: other})
            after = await subject.put({**record, native: value}, {}, fresh=True)
            wanted = shown(rows[native], {native: value})
            assert same(wanted, shown(rows[native], after)), f"fresh does not repeat the step that sets {native}"

    # -- versions ---------------------------------------------------------------------------------------------------

    @needs("create", "update", can="version")
    async def test_the_version_moves_with_every_change(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        version = str(subject.resource.can.version)
        for field in subject.changeable():
            after = await subject.put(record, {field.native: wanted[field.native]})
            changed = subject.differing(record, after)
            assert after.get(version) is not None, f"a record lacks {version}"
            assert after[version] != record[version] or not changed, f"{field.native} changes and {version} does not"
            record = after

    @needs(can="version")
    async def test_lists_tell_the_version_too(self, subject: Subject) -> None:
        version = str(subject.resource.can.version)
        for record in await subject.some(2):
            found = next(one for one in await subject.all() if subject.key(one) == subject.key(record))
            assert str(found.get(version)) == str(record[version]), "find and get tell different versions"

    @needs("create", "update", can="version")
    async def test_an_update_of_an_old_version_is_stale(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        field = next(one.native for one in subject.changeable() if one.unique == "no" and not one.ref)
        newer = await subject.put(record, {field: wanted[field]})
        with pytest.raises(Stale):
            await subject.resource.update(subject.change(record, {field: subject.sample(11)[field]}))
        lost = subject.differing(newer, await subject.read(subject.key(newer)))
        assert not lost, f"an update that was refused changes {lost}"

    @needs("create", "update", "delete", can="version")
    async def test_a_delete_of_an_old_version_is_stale(self, subject: Subject) -> None:
        record, wanted = await subject.make(1), await subject.full(6)
        field = next(one.native for one in subject.changeable() if one.unique == "no" and not one.ref)
        await subject.put(record, {field: wanted[field]})
        with pytest.raises(Stale):
            await subject.resource.delete(subject.gone(record))
        assert not await subject.missing(subject.key(record)), "a delete that was refused deletes the record"
