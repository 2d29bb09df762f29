"""Defects in reading, searching and in mapping tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scim_adapter import Condition, Field, Get, Native, NotFound, Page, Query, Unavailable
from tests.kit.memory import FULL, PEOPLE, People, Teams, fold
from tests.kit.mutants import found_by

CURSORS = replace(FULL, offset=False)


@found_by("test_read_and_write_are_inverse", "does not undo read")
class WritesAnotherWord(People):
    fields: Mapping[str, Field | str] = {
        **PEOPLE, "active": Field("status", lambda v: v == "on", lambda v: "yes" if v else "off")
    }  # fmt: skip


@found_by("test_the_mapping_table_makes_sense", "not in the mapping table")
class FiltersByAMisspeltField(People):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.can = replace(FULL, filter={"lgoin": frozenset({"eq"})})


@found_by("test_the_mapping_table_makes_sense", "cannot be written")
class RequiresWhatNobodyWrites(People):
    fields: Mapping[str, Field | str] = {**PEOPLE, "title": Field("title", required=True, mutable="never")}


@found_by("test_defaults_are_made_of_anything", "is nothing")
class DefaultsToNothing(People):
    fields: Mapping[str, Field | str] = {**PEOPLE, "title": Field("title", default=lambda record: record.get("kind"))}


@found_by("test_defaults_are_made_of_anything", "changes the record")
class DefaultsAtTheRecordsCost(People):
    fields: Mapping[str, Field | str] = {**PEOPLE, "title": Field("title", default=lambda record: record.pop("login"))}


@found_by("test_an_empty_backend_answers_with_no_records", "empty")
class Haunted(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        return page if page.records else Page([{"key": "ghost", "login": "ghost"}], total=1)


@found_by("test_an_empty_backend_answers_with_no_records", "counts")
class CountsFromOne(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        return replace(page, total=(page.total or 0) + 1)


@found_by("test_a_record_is_found_exactly_once_with_its_values", "times with one record")
class FindsTwice(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return super().page([row for row in rows for _ in range(2)], query)


@found_by("test_a_record_is_found_exactly_once_with_its_values", "title")
class ListsWithoutTitles(People):
    def out(self, row: Native, without: Any = None) -> Native:
        return super().out(row, ["title"] if without is not None else [])


@found_by("test_get_answers_with_the_record_of_the_key", "another record")
class GetsTheFirst(People):
    async def get(self, get: Get) -> Native:
        await super().get(get)
        return self.out(next(iter(self.records.values())))


@found_by("test_pages_hold_every_record_once_and_advance", "repeat")
class PagesOverlap(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return super().page(rows, replace(query, offset=max(0, query.offset - 1), limit=query.limit + 1))


@found_by("test_pages_hold_every_record_once_and_advance", "lack", can=CURSORS, cursors=True)
class PagesLeaveOneOut(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        page = super().page(rows, query)
        return replace(page, next=str(int(page.next) + 1)) if page.next else page


@found_by("test_pages_hold_every_record_once_and_advance", "repeat", can=CURSORS, cursors=True)
class StaysOnThePage(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return replace(super().page(rows, query), next=query.cursor or "2")


@found_by("test_pages_hold_every_record_once_and_advance", "lack", can=CURSORS)
class GivesTheFirstPageOnly(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return Page(rows[: query.limit])


class _Stateful(People):
    """Its cursors are good for one use."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.place = 0

    def page(self, rows: list[Native], query: Query) -> Page:
        start = 0 if query.cursor is None else self.place
        self.place = start + query.limit
        return Page(rows[start : self.place], next="more" if self.place < len(rows) else None)


@found_by("test_the_same_page_can_be_asked_for_again", "another page", can=CURSORS, cursors=True)
class CursorsAreUsedUp(_Stateful):
    pass


@found_by("test_a_walk_goes_on_after_a_page_that_was_lost", "loses records", can=CURSORS, cursors=True)
class LostPagesStayLost(_Stateful):
    pass


@found_by("test_the_same_page_can_be_asked_for_again", "does not begin", can=CURSORS, cursors=True)
class GoesOnWhereItWas(_Stateful):
    def page(self, rows: list[Native], query: Query) -> Page:
        start = int(query.cursor or self.place)
        self.place = start + query.limit
        return Page(rows[start : self.place], next=str(self.place) if self.place < len(rows) else None)


@found_by("test_a_page_starts_exactly_at_its_offset", "starts elsewhere")
class OffsetsArePageNumbers(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return super().page(rows, replace(query, offset=query.offset // query.limit * query.limit))


@found_by("test_a_page_starts_exactly_at_its_offset", "finds nothing")
class EndsEarly(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        page = super().page(rows, query)
        return page if query.offset != len(rows) - 1 else replace(page, records=[])


@found_by("test_a_page_starts_exactly_at_its_offset", "no total")
class TellsNoTotal(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return replace(super().page(rows, query), total=None)


@found_by("test_totals_count_all_matches_whatever_the_page", "counts")
class CountsThePage(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        page = super().page(rows, query)
        return replace(page, total=query.offset + len(page.records))


@found_by("test_totals_count_all_matches_whatever_the_page", "counts")
class CountsEverybody(People):
    def page(self, rows: list[Native], query: Query) -> Page:
        return replace(super().page(rows, query), total=len(self.records))


@found_by("test_records_are_copies", "what get answers")
class GetsTheOriginal(People):
    async def get(self, get: Get) -> Native:
        return self.row(get.key)


@found_by("test_records_are_copies", "what get answers")
class GetsAShallowCopy(People):
    async def get(self, get: Get) -> Native:
        return {name: value for name, value in self.row(get.key).items() if name != "secret"}


@found_by("test_records_are_copies", "what find answers")
class FindsTheOriginals(People):
    def out(self, row: Native, without: Any = None) -> Native:
        return super().out(row) if without is None else {n: v for n, v in row.items() if n != "secret"}


@found_by("test_fewer_fields_can_be_asked_for", "get leaves out")
class GetsTheKeyAlone(People):
    async def get(self, get: Get) -> Native:
        found = await super().get(get)
        return found if get.fields is None else {"key": found["key"], "version": found["version"]}


@found_by("test_fewer_fields_can_be_asked_for", "the key or the version")
class FindsWithoutTheVersion(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        wanted = (query.fields or frozenset(self.records and PEOPLE)) - {"version"}
        return page if query.fields is None else replace(page, records=[_only(r, wanted) for r in page.records])


@found_by("test_fewer_fields_can_be_asked_for", "find leaves out")
class FindsLessThanAsked(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        return page if query.fields is None else replace(page, records=[_without(r, "title") for r in page.records])


def _only(record: Native, names: frozenset[str]) -> Native:
    return {name: value for name, value in record.items() if name in names}


def _without(record: Native, name: str) -> Native:
    return {n: v for n, v in record.items() if n != name}


# -- searching ---------------------------------------------------------------------------------------------------------


@found_by("test_declared_filters_lose_no_match", "login co")
class ContainsMeansStarts(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        return super().holds(replace(condition, op="sw") if condition.op == "co" else condition, row)


@found_by("test_declared_filters_lose_no_match", "roles eq")
class LooksAtTheFirstElement(People):
    def held(self, value: Any) -> Any:
        return list(super().held(value))[:1]


@found_by("test_declared_filters_lose_no_match", "created ge")
class AtLeastMeansMore(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        return super().holds(replace(condition, op="gt") if condition.op == "ge" else condition, row)


@found_by("test_declared_filters_lose_no_match", "people eq")
class CannotFindByMember(Teams):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.can = replace(self.can, filter={"people": frozenset({"eq"})})

    def holds(self, condition: Condition, row: Native) -> bool:
        return condition.field != "people" and super().holds(condition, row)


@found_by("test_declared_filters_ignore_case", "login eq")
class MindsCase(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        if condition.op == "eq" and condition.field != "mail":
            return not set(self.held(row.get(condition.field))).isdisjoint(condition.values)
        return super().holds(condition, row)


@found_by("test_declared_filters_ignore_case", "login sw")
class StartsMindsCase(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        if condition.op == "sw":
            return any(str(row.get(condition.field)).startswith(str(value)) for value in condition.values)
        return super().holds(condition, row)


@found_by("test_filters_take_quotes_wildcards_blanks_and_foreign_letters", "eq")
class AsksWithPatterns(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        if condition.op == "eq":
            held = [fold(one) for one in self.held(row.get(condition.field))]
            return any(re.fullmatch(fold(value), one) for value in condition.values for one in held)
        return super().holds(condition, row)


@found_by("test_filters_take_quotes_wildcards_blanks_and_foreign_letters", "dave")
class EscapesTooMuch(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        escaped = tuple(str(value).replace("%", "\\%") for value in condition.values)
        return super().holds(replace(condition, values=escaped), row)


@found_by("test_every_value_of_a_condition_counts", "loses")
class AsksForOneValue(People):
    def holds(self, condition: Condition, row: Native) -> bool:
        return super().holds(replace(condition, values=condition.values[:1]), row)


@found_by("test_every_value_of_a_condition_counts", "loses")
class SearchesWithoutPages(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        return replace(page, total=len(page.records)) if query.where else page


@found_by("test_conditions_hold_together", "lose a match")
class MixesUpConditions(People):
    async def find(self, query: Query) -> Page:
        last = query.where[-1].values if query.where else ()
        where = tuple(replace(one, values=last) for one in query.where)
        return await super().find(replace(query, where=where))


@found_by("test_a_search_for_nobody_is_no_error", "NotFound where nobody")
class NobodyIsAnError(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        if query.where and not page.records:
            raise NotFound("Nobody.")
        return page


@found_by("test_declared_orders_are_kept", "not in the order")
class SortsCapitalsFirst(People):
    def rank(self, row: Native, order: str) -> tuple[bool, str]:
        return row.get(order) is None, str(row.get(order))


@found_by("test_declared_orders_are_kept", "not in the order")
class SortsNobodyFirst(People):
    def rank(self, row: Native, order: str) -> tuple[bool, str]:
        return row.get(order) is not None, super().rank(row, order)[1]


@found_by("test_declared_orders_are_kept", "not in the order")
class NeverDescends(People):
    async def find(self, query: Query) -> Page:
        return await super().find(replace(query, descending=False))


@found_by("test_declared_orders_are_kept", "repeat or lose")
class TiesAreTossed(People):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.toss = itertools.count()

    async def find(self, query: Query) -> Page:
        page = await super().find(replace(query, offset=0, limit=1000))
        rows = list(page.records)
        turned = rows[1:] + rows[:1] if query.order and next(self.toss) % 2 else rows
        return self.page(turned, query)


# -- what is not there -------------------------------------------------------------------------------------------------


@found_by("test_unknown_is_not_found_in_get", "DID NOT RAISE")
class GetsAnEmptyRecord(People):
    async def get(self, get: Get) -> Native:
        return await super().get(get) if get.key in self.records else {}


@found_by("test_unknown_is_not_found_in_get", "away")
class UnknownIsAnOutage(People):
    async def get(self, get: Get) -> Native:
        if get.key not in self.records:
            raise Unavailable("The backend is away.")
        return await super().get(get)
