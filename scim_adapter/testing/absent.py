"""Promises about records that are not there. Only the backend's own word makes a `NotFound`."""

from __future__ import annotations

import copy

import pytest

from scim_adapter import Delta, NotFound
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.subject import Subject


class Absent(Kit):
    """Unknown and deleted records."""

    async def test_unknown_is_not_found_in_get(self, subject: Subject) -> None:
        with pytest.raises(NotFound):
            await subject.read(await subject.unknown())

    @needs("update")
    async def test_unknown_is_not_found_in_update(self, subject: Subject) -> None:
        key = await subject.unknown()
        [record, *_] = await subject.some(1)
        field = next(f.native for f in subject.changeable() if not f.ref)
        stranger = {**copy.deepcopy(record), subject.resource.key: key}
        with pytest.raises(NotFound):
            await subject.resource.update(subject.change(stranger, {field: subject.sample(7)[field]}))
        assert key not in await subject.keys(), "update makes a record that was not there"

    @needs("amend")
    async def test_unknown_is_not_found_in_amend(self, subject: Subject) -> None:
        key = await subject.unknown()
        [record] = await subject.some(1)
        for field in subject.rows():
            if field.ref and field.many and subject.pool(field):
                delta = Delta(key, record, field.native, [subject.pool(field)[0][0]], [], subject.ask())
                with pytest.raises(NotFound):
                    await subject.resource.amend(delta)

    @needs("delete")
    async def test_unknown_is_not_found_in_delete(self, subject: Subject) -> None:
        key = await subject.unknown()
        [record, *_] = await subject.some(1)
        with pytest.raises(NotFound):
            await subject.resource.delete(subject.gone(record, key=key))
        assert not await subject.missing(subject.key(record)), "delete takes another record for an unknown one"

    @needs("delete")
    async def test_a_deleted_record_is_gone(self, subject: Subject) -> None:
        record, other = await subject.some(2)
        await subject.resource.delete(subject.gone(record))
        assert await subject.missing(subject.key(record)), "get still finds a deleted record"
        found = await subject.keys()
        assert subject.key(record) not in found, "find still finds a deleted record"
        assert subject.key(other) in found, "delete takes more than one record"
        with pytest.raises(NotFound):
            await subject.resource.delete(subject.gone(record))
