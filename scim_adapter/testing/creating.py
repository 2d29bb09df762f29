"""Promises of `create`, of the mapping table, and of what is never told."""

from __future__ import annotations

import copy
import itertools

from scim_adapter import Native, New
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.samples import parts, written
from scim_adapter.testing.subject import Subject

FREE_TEXTS = frozenset(("displayname", "title", "nickname", "name.givenname", "name.familyname", "department"))


class Creating(Kit):
    """Creating."""

    @needs("create")
    async def test_a_created_record_is_there_at_once(self, subject: Subject) -> None:
        key = await subject.create(await subject.full(1))
        assert not await subject.missing(key), "get does not find what create made"
        assert key in await subject.keys(), "find does not find what create made"

    @needs("create")
    async def test_every_mapped_field_survives(self, subject: Subject) -> None:
        for n in (1, 2):
            wanted = await subject.full(n)
            missing = [f.native for f in subject.rows() if f.ref and f.mutable != "never" and f.native not in wanted]
            assert not missing, f"no record to refer to in {missing}: give a fixture named targets"
            lost = subject.differing(wanted, await subject.read(await subject.create(wanted)))
            assert not lost, f"these fields come back otherwise than they were created: {lost}"

    @needs("create")
    async def test_names_with_quotes_wildcards_blanks_and_foreign_letters_survive(self, subject: Subject) -> None:
        """Where the backend refuses some of them, say which it takes in `awkward`."""
        fields = [
            field.native
            for path, field in subject.fields.items()
            if field in subject.readable() and not (field.write or field.native in self.values) and _free(path)
        ]
        for n, text in enumerate(self.awkward, 1):
            wanted = await subject.full(n) | {native: f"{text}{n}" for native in fields}
            lost = subject.differing(wanted, await subject.read(await subject.create(wanted)))
            assert not lost, f"{text!r} does not survive in {lost}"

    @needs("create")
    async def test_required_fields_are_enough(self, subject: Subject) -> None:
        sample = subject.sample(1)
        rows = list(subject.rows())
        record: Native = {f.native: sample[f.native] for f in rows if f.required and f.default is None}
        for field in rows:
            if field.default is not None:
                record[field.native] = field.default(dict(record))
        lost = subject.differing(record, await subject.read(await subject.create(record)))
        assert not lost, f"of a record with only what is required these fields come back otherwise: {lost}"

    @needs("create")
    async def test_create_leaves_what_it_is_given_alone(self, subject: Subject) -> None:
        given = await subject.full(1)
        before = copy.deepcopy(given)
        made = await subject.resource.create(New(given, subject.ask()))
        assert given == before, "create changes the record that it is given"
        key = made if isinstance(made, str) else subject.key(made)
        for value in given.values():
            if isinstance(value, list):
                value.clear()
        lost = subject.differing(before, await subject.read(key))
        assert not lost, f"the backend holds lists of the caller: {lost}"

    @needs("create")
    async def test_create_answers_with_the_record_or_its_key(self, subject: Subject) -> None:
        made = await subject.resource.create(New(await subject.full(1), subject.ask()))
        assert isinstance(made, str | dict) and made, "create must answer with the record or with its key"
        if isinstance(made, dict):
            differing = subject.differing(await subject.read(subject.key(made)), made)
            assert not differing, f"create answers otherwise than get does: {differing}"

    @needs("create", can="repeatable_create")
    async def test_a_repeated_create_makes_no_second_record(self, subject: Subject) -> None:
        new = New(await subject.full(1), subject.ask())
        before = len(await subject.all())
        answers = [await subject.resource.create(new) for _ in range(2)]
        keys = {one if isinstance(one, str) else subject.key(one) for one in answers}
        assert len(keys) == 1, "the same operation gives two keys"
        assert len(await subject.all()) == before + 1, "the same operation makes two records"

    @needs("create")
    async def test_write_only_fields_never_come_back(self, subject: Subject) -> None:
        hidden = [field for field in subject.rows() if field.write_only]
        new = New(await subject.full(1), subject.ask())
        made = await subject.resource.create(new)
        key = made if isinstance(made, str) else subject.key(made)
        answers: list[Native | str | None] = [made, await subject.read(key), *await subject.all()]
        values = {field.native: subject.sample(6)[field.native] for field in hidden if field.mutable == "always"}
        if values and subject.resource.declares("update"):
            answers.append(await subject.resource.update(subject.change(await subject.read(key), values)))
            answers.append(await subject.read(key))
        for native, answer in itertools.product([field.native for field in hidden], answers):
            held = answer.get(native) if isinstance(answer, dict) else None
            assert held is None, f"{native} is write-only and comes back"
            secrets = {str(one[native]) for one in (new.record, values) if native in one}
            assert not [one for one in secrets if one in str(answer)], f"the value of {native} comes back elsewhere"


class Mapping(Kit):
    """The mapping table, which needs no backend."""

    async def test_read_and_write_are_inverse(self, subject: Subject) -> None:
        for field in subject.readable():
            if not (field.read or field.write) or field.ref:
                continue
            for n in range(1, 8):
                native = subject.sample(n)[field.native]
                seen = field.read(native) if field.read else native
                assert seen is not None, f"read of {field.native} makes nothing of {native!r}"
                assert written(field, seen) == native, f"write of {field.native} does not undo read: {native!r}"

    async def test_the_mapping_table_makes_sense(self, subject: Subject) -> None:
        resource = subject.resource
        natives = {field.native for field in subject.fields.values()} | {resource.key}
        assert resource.fields, "the mapping table is empty"
        for path, field in subject.fields.items():
            parts(path)
            assert field.native, f"{path} names no native field"
            assert not (field.required and field.mutable == "never"), f"{path} is required and cannot be written"
            assert not (field.write_only and field.mutable == "never"), f"{path} can neither be read nor written"
        for native, operators in resource.can.filter.items():
            assert native in natives, f"Can.filter names {native}, which is not in the mapping table"
            unknown = operators - {"eq", "eq-exact", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}
            assert not unknown, f"Can.filter of {native} names unknown operators: {sorted(unknown)}"
        stray = resource.can.sort - natives
        assert not stray, f"Can.sort names fields that are not in the mapping table: {sorted(stray)}"

    async def test_defaults_are_made_of_anything(self, subject: Subject) -> None:
        """A default is computed from what was sent, which may be very little, and changes nothing of it."""
        required = {f.native: subject.sample(1)[f.native] for f in subject.rows() if f.required and f.default is None}
        for field in subject.rows():
            if field.default is not None:
                sent = copy.deepcopy(required)
                assert field.default(sent) is not None, f"the default of {field.native} is nothing"
                assert sent == required, f"the default of {field.native} changes the record"


def _free(path: str) -> bool:
    attribute, _, sub = parts(path)
    return (f"{attribute}.{sub}" if sub else attribute) in FREE_TEXTS
