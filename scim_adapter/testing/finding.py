"""Promises of `find` and `get`: all records, each once, each a copy."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from scim_adapter import Condition, Get, Query
from scim_adapter.testing.kit import Kit, needs
from scim_adapter.testing.subject import Subject


class Finding(Kit):
    """Reading."""

    @needs("create")
    async def test_an_empty_backend_answers_with_no_records(self, subject: Subject) -> None:
        """The account by which the gateway itself signs in may be there."""
        for page in await subject.walk():
            strangers = [record for record in page.records if not subject.resource.own(record)]
            assert not strangers, "find answers with records of a backend that was just made and is empty"
            assert page.total is None or page.total == len(page.records), "find counts records that nobody made"

    async def test_a_record_is_found_exactly_once_with_its_values(self, subject: Subject) -> None:
        [record] = await subject.some(1)
        found = [one for one in await subject.all() if subject.key(one) == subject.key(record)]
        assert len(found) == 1, f"find answers {len(found)} times with one record"
        unlisted = [field.native for field in subject.rows() if not field.listed]
        differing = subject.differing(record, found[0], but=unlisted)
        assert not differing, f"find and get disagree about {differing}; a field that lists lack is listed=False"

    async def test_get_answers_with_the_record_of_the_key(self, subject: Subject) -> None:
        await subject.some(3)
        for record in await subject.all():
            found = await subject.read(subject.key(record))
            assert subject.key(found) == subject.key(record), "get answers with another record"

    async def test_pages_hold_every_record_once_and_advance(self, subject: Subject) -> None:
        known = {subject.key(record) for record in await subject.some(5)}
        walked = [subject.key(record) for record in await subject.all(limit=2)]
        twice = sorted(key for key in set(walked) if walked.count(key) > 1)
        assert not twice, f"the pages of a list repeat {len(twice)} records"
        assert known <= set(walked), f"the pages of a list lack {len(known - set(walked))} of {len(known)} records"

    async def test_the_same_page_can_be_asked_for_again(self, subject: Subject) -> None:
        """A cursor is a place, not a state: the answer to a question may be lost, and another process may ask."""
        await subject.some(5)
        first = await subject.resource.find(Query(limit=2, ask=subject.ask()))
        if first.next is None:
            pytest.skip("The backend has no cursors.")
        answers = [await subject.resource.find(Query(limit=2, cursor=first.next, ask=subject.ask())) for _ in range(2)]
        one, other = ([subject.key(record) for record in page.records] for page in answers)
        assert one == other, "the same cursor gives another page the second time"
        again = await subject.resource.find(Query(limit=2, ask=subject.ask()))
        assert [subject.key(r) for r in again.records] == [subject.key(r) for r in first.records], (
            "a walk without a cursor does not begin at the beginning"
        )

    @needs(can="offset")
    async def test_a_page_starts_exactly_at_its_offset(self, subject: Subject) -> None:
        await subject.some(4)
        order = [subject.key(record) for record in await subject.all()]
        for offset in range(len(order) + 1):
            page = await subject.resource.find(Query(offset=offset, limit=2, ask=subject.ask()))
            found = [subject.key(record) for record in page.records]
            assert found[:2] == order[offset : offset + 2][: len(found[:2])], f"offset {offset} starts elsewhere"
            assert found or offset == len(order), f"offset {offset} of {len(order)} finds nothing"
            assert page.total is not None, "a page by offset tells no total, so the engine does not know where to stop"

    async def test_totals_count_all_matches_whatever_the_page(self, subject: Subject) -> None:
        """A total counts what the walk of the same search brings."""
        [record, *others] = await subject.some(5)
        searches: list[tuple[Condition, ...]] = [()]
        for native, operators in subject.resource.can.filter.items():
            if operators & {"eq", "eq-exact"} and isinstance(record.get(native), str) and record[native]:
                searches.append((Condition(native, "eq", (record[native],)),))
        for where in searches:
            pages = await subject.walk(*where, limit=2)
            count = len({subject.key(one) for page in pages for one in page.records})
            totals = {page.total for page in pages} - {None}
            assert where or count > len(others), f"a list of more than {len(others)} records counts {totals}"
            assert totals <= {count}, f"a search of {count} records counts {sorted(map(str, totals))}"

    async def test_records_are_copies(self, subject: Subject) -> None:
        """The engine changes what it is given; the backend must not feel it."""
        [before, *_] = await subject.some(2)
        key = subject.key(before)
        spoilt = copy.deepcopy(before)
        _spoil(await subject.read(key))
        assert await self._unchanged(subject, key, spoilt), "what get answers with is the backend's own record"
        for record in await subject.all():
            _spoil(record)
        assert await self._unchanged(subject, key, spoilt), "what find answers with is the backend's own record"

    async def _unchanged(self, subject: Subject, key: str, before: dict[str, Any]) -> bool:
        try:
            return not subject.differing(before, await subject.read(key))
        except Exception:
            return False

    async def test_fewer_fields_can_be_asked_for(self, subject: Subject) -> None:
        """`fields` names what will be used, the key and the version always; more may come, less may not."""
        [record] = await subject.some(1)
        key, version = subject.resource.key, subject.resource.can.version
        always = {key} | ({version} if version else set())
        for field in subject.readable():
            if record.get(field.native) in (None, "", []):
                continue
            wanted = frozenset(always | {field.native})
            got = await subject.resource.get(Get(subject.key(record), wanted, subject.ask()))
            assert not subject.differing({field.native: record[field.native]}, got), f"get leaves out {field.native}"
            page = await subject.resource.find(Query(limit=100, fields=wanted, ask=subject.ask()))
            for found in page.records:
                assert always <= found.keys(), f"find with fields={sorted(wanted)} leaves out the key or the version"
                if field.listed and subject.key(found) == subject.key(record):
                    differing = subject.differing({field.native: record[field.native]}, found)
                    assert not differing, f"find leaves out {field.native} although it is asked for"


def _spoil(value: Any) -> None:
    """Change a value as deep as it goes."""
    if isinstance(value, dict):
        for one in value.values():
            _spoil(one)
        value.clear()
    elif isinstance(value, list):
        for one in value:
            _spoil(one)
        value.clear()
