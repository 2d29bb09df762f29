"""Promises about values that may be there once only, where the backend refuses a second one."""

from __future__ import annotations

import pytest

from scim_adapter import Exists, Field, New
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.subject import Subject


class Taken(Kit):
    """Unique values."""

    @needs("create")
    async def test_taken_is_exists_on_create_and_names_the_field(self, subject: Subject) -> None:
        for n, field in enumerate(_unique(subject)):
            record = await subject.make(10 * n + 1)
            rival = await subject.full(10 * n + 2) | {field.native: record[field.native]}
            before = await subject.keys()
            with pytest.raises(Exists) as caught:
                await subject.resource.create(New(rival, subject.ask()))
            assert caught.value.field == field.native, f"Exists names {caught.value.field}, not {field.native}"
            assert await subject.keys() == before, "a create that was refused leaves a record behind"

    @needs("create", "update")
    async def test_taken_is_exists_on_update_and_names_the_field(self, subject: Subject) -> None:
        for n, field in enumerate(_unique(subject)):
            if field.mutable != "always":
                continue
            record, other = await subject.make(10 * n + 1), await subject.make(10 * n + 2)
            with pytest.raises(Exists) as caught:
                await subject.put(other, {field.native: record[field.native]})
            assert caught.value.field == field.native, f"Exists names {caught.value.field}, not {field.native}"
            lost = subject.differing(other, await subject.read(subject.key(other)))
            assert not lost, f"an update that was refused changes {lost}"

    @needs("create", "update")
    async def test_a_record_may_keep_its_own_values(self, subject: Subject) -> None:
        """A whole record that is written again holds its own login, which is no conflict."""
        for n, field in enumerate(_unique(subject)):
            if field.mutable == "always":
                record = await subject.make(10 * n + 1)
                kept = await subject.put(record, {field.native: record[field.native]})
                assert subject.key(kept) == subject.key(record), "a record that keeps its values gets another key"


def _unique(subject: Subject) -> list[Field]:
    return [field for field in subject.readable() if field.unique == "backend"]
