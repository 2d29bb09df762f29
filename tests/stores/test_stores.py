"""One behaviour for three stores: memory, SQLite, Azure Table Storage (on Microsoft's emulator)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest

from gateway.stores.azure_tables import TableStore
from gateway.stores.limits import LimitExceeded
from gateway.stores.memory import MemoryStore
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, Store, Value

P = "acme.user"


async def keys(store: Store, prefix: str) -> list[str]:
    return [row.key async for row in store.scan(P, prefix)]


async def test_what_was_never_written_is_not_there(store: Store) -> None:
    assert await store.get(P, "i.a") is None
    assert await keys(store, "i.") == []


async def test_values_come_back_as_they_were_written(store: Store) -> None:
    values: dict[str, Value] = {
        "text": "Ünï 漢字 😀 'quoted' \"x\" \\ \n", "empty": "", "long": "x" * 32000, "yes": True, "no": False,
        "small": -7, "large": 2**40, "negative": -(2**40), "edge": 2**31, "edge2": -(2**31), "largest": 2**63 - 1,
        "smallest": -(2**63), "float": 1.5, "whole": 90.0, "tiny": 5e-324, "huge": 1.7e308, "third": 1 / 3, "zero": 0.0,
        "control": "a\x00b\x01\x7f\r\n\t", "typed": "2020-01-01T00:00:00Z", "_".join(["n"] * 128): "a long name",
    }  # fmt: skip
    [etag] = await store.commit(P, [Insert("i.a", values)])
    row = await store.get(P, "i.a")
    assert row is not None
    assert dict(row.values) == values
    assert {name: type(value) for name, value in row.values.items()} == {n: type(v) for n, v in values.items()}
    assert row.etag == etag
    assert row.key == "i.a"


async def test_a_merge_keeps_the_other_values_exactly(store: Store) -> None:
    values: dict[str, Value] = {"t": "Ü😀\n", "e": "", "i": 2**63 - 1, "f": 1 / 3, "w": 90.0, "yes": True, "one": 1}
    await store.commit(P, [Insert("i.a", values)])
    await store.commit(P, [Merge("i.a", {"more": "x"})])
    row = await store.get(P, "i.a")
    assert row
    assert {n: (type(v), v) for n, v in row.values.items()} == {
        n: (type(v), v) for n, v in (values | {"more": "x"}).items()
    }


async def test_what_was_read_or_written_can_be_changed_without_changing_the_store(store: Store) -> None:
    values: dict[str, Value] = {"n": 1}
    await store.commit(P, [Insert("i.a", values)])
    values["n"] = 2
    row = await store.get(P, "i.a")
    assert row and row.values == {"n": 1}


async def test_an_insert_is_refused_where_a_row_stands(store: Store) -> None:
    await store.commit(P, [Insert("c.a", {"op": "1"})])
    with pytest.raises(Conflict) as refused:
        await store.commit(P, [Insert("c.a", {"op": "2"})])
    assert refused.value.key == "c.a"
    row = await store.get(P, "c.a")
    assert row and row.values == {"op": "1"}


async def test_of_forty_inserts_at_once_one_wins(store: Store) -> None:
    async def attempt(number: int) -> bool:
        try:
            await store.commit(P, [Insert("c.race", {"by": number})])
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, range(40)))) == 1


async def test_of_twenty_replaces_with_one_etag_one_wins(store: Store) -> None:
    [etag] = await store.commit(P, [Insert("c.race", {"by": -1})])

    async def attempt(number: int) -> bool:
        try:
            await store.commit(P, [Replace("c.race", {"by": number}, etag)])
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, range(20)))) == 1


async def test_a_merge_adds_to_what_is_there_and_makes_what_is_not(store: Store) -> None:
    await store.commit(P, [Merge("i.a", {"native": "k"})])
    await store.commit(P, [Merge("i.a", {"state": "hidden"})])
    await store.commit(P, [Merge("i.a", {"native": "k"})])
    row = await store.get(P, "i.a")
    assert row and row.values == {"native": "k", "state": "hidden"}


async def test_a_replace_leaves_nothing_of_the_old_row_and_changes_its_etag(store: Store) -> None:
    [first] = await store.commit(P, [Insert("i.a", {"a": 1, "b": 2})])
    [second] = await store.commit(P, [Replace("i.a", {"b": 3}, first)])
    row = await store.get(P, "i.a")
    assert row and (dict(row.values), row.etag) == ({"b": 3}, second)
    assert first != second


REFUSED: list[tuple[str, Operation]] = [
    ("a stale replace", Replace("i.a", {"n": 2}, "stale")),
    ("a replace of nothing", Replace("i.none", {"n": 2}, "stale")),
    ("a stale delete", Delete("i.a", "stale")),
    ("a delete of nothing", Delete("i.none")),
    ("an insert over a row", Insert("i.a", {"n": 2})),
]


@pytest.mark.parametrize(("why", "operation"), REFUSED)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
async def test_all_or_nothing_is_written(store: Store, why: str, operation: Operation, place: str) -> None:
    await store.commit(P, [Insert("i.a", {"n": 1})])
    if isinstance(store, TableStore):
        operation = _as_etag(operation)
    others: list[Operation] = [Insert("i.b", {"n": 1}), Merge("i.c", {"n": 1})]
    batch = {"alone": [operation], "first": [operation, *others], "last": [*others, operation]}[place]
    with pytest.raises(Conflict) as refused:
        await store.commit(P, batch)
    assert refused.value.key == operation.key
    assert await keys(store, "i.") == ["i.a"]
    row = await store.get(P, "i.a")
    assert row and row.values == {"n": 1}


def _as_etag(operation: Operation) -> Operation:
    """The service's etags have a form of their own; a malformed one is another error."""
    stale = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
    if isinstance(operation, Replace):
        return Replace(operation.key, operation.values, stale)
    return Delete(operation.key, stale) if isinstance(operation, Delete) and operation.etag == "stale" else operation


async def test_a_commit_of_all_kinds_answers_with_their_etags(store: Store) -> None:
    [one, two] = await store.commit(P, [Insert("i.1", {"n": 1}), Insert("i.2", {"n": 1})])
    batch: list[Operation] = [
        Replace("i.1", {"n": 2}, one),
        Delete("i.2", two),
        Insert("i.3", {"n": 3}),
        Merge("i.4", {"n": 4}),
    ]
    etags = await store.commit(P, batch)
    rows = [await store.get(P, key) for key in ("i.1", "i.3", "i.4")]
    assert [row.etag if row else None for row in rows] == [etags[0], etags[2], etags[3]]
    assert etags[1] == ""
    assert await keys(store, "i.") == ["i.1", "i.3", "i.4"]


async def test_a_delete_takes_any_etag_when_asked_to(store: Store) -> None:
    await store.commit(P, [Insert("i.a", {"n": 1})])
    await store.commit(P, [Delete("i.a")])
    assert await store.get(P, "i.a") is None


async def test_a_scan_reads_a_prefix_of_one_partition_in_the_order_of_keys(store: Store) -> None:
    await store.commit(P, [Insert(key, {}) for key in ("i.b", "i.a", "i.a.b", "i", "ia", "o.a", "i.z9")])
    await store.commit("other.user", [Insert("i.c", {})])
    assert await keys(store, "i.") == ["i.a", "i.a.b", "i.b", "i.z9"]


@pytest.mark.parametrize("store", ["sqlite", "tables"], indirect=True)
async def test_a_scan_goes_on_past_a_page_of_the_service(store: Store) -> None:
    for start in range(0, 1100, 100):
        await store.commit(P, [Insert(f"i.{number:05}", {"n": number}) for number in range(start, start + 100)])
    assert await keys(store, "i.") == [f"i.{number:05}" for number in range(1100)]


async def test_an_empty_prefix_scans_the_whole_partition(store: Store) -> None:
    await store.commit(P, [Insert(key, {}) for key in ("-", ".", "0", "9", "a", "z", "z" * 200)])
    assert await keys(store, "") == ["-", ".", "0", "9", "a", "z", "z" * 200]
    assert await keys(store, "z" * 200) == ["z" * 200]


async def test_a_scan_that_is_left_early_or_meets_a_change_does_no_harm(store: Store) -> None:
    await store.commit(P, [Insert(f"i.{n}", {}) for n in range(5)])
    async for row in store.scan(P, "i."):
        await store.commit(P, [Delete(row.key)])
        break
    assert await keys(store, "i.") == ["i.1", "i.2", "i.3", "i.4"]


async def test_rows_of_a_scan_have_their_etag_values_and_age(store: Store) -> None:
    [etag] = await store.commit(P, [Insert("i.a", {"n": 1})])
    [row] = [row async for row in store.scan(P, "i.")]
    assert (row.key, row.values, row.etag) == ("i.a", {"n": 1}, etag)
    assert 0.0 <= row.age < 3


async def test_the_same_values_written_again_are_another_version(store: Store) -> None:
    [first] = await store.commit(P, [Insert("i.a", {"n": 1})])
    [second] = await store.commit(P, [Merge("i.a", {"n": 1})])
    [third] = await store.commit(P, [Replace("i.a", {"n": 1}, second)])
    await store.commit(P, [Delete("i.a", third)])
    [fourth] = await store.commit(P, [Insert("i.a", {"n": 1})])
    assert len({first, second, third, fourth}) == 4
    with pytest.raises(Conflict):
        await store.commit(P, [Replace("i.a", {"n": 2}, third)])


async def test_an_injected_clock_tells_the_ages() -> None:
    now = 1000.0
    store = MemoryStore(lambda: now)
    await store.commit(P, [Insert("c.a", {})])
    now = 1090.0
    row = await store.get(P, "c.a")
    assert row and row.age == 90.0
    now = 900.0
    row = await store.get(P, "c.a")
    assert row and row.age == 0.0, "a clock that goes back makes no negative age"


@pytest.mark.slow
async def test_an_age_is_counted_from_the_last_write(store: Store) -> None:
    await store.commit(P, [Insert("c.a", {"n": 1})])
    await asyncio.sleep(1.2)
    row = await store.get(P, "c.a")
    assert row and 0.1 <= row.age <= 3.5  # the service's clock is told in whole seconds
    await store.commit(P, [Merge("c.a", {"n": 2})])
    row = await store.get(P, "c.a")
    assert row and 0.0 <= row.age <= 1.1


LIMITS: list[tuple[str, str, Sequence[Operation]]] = [
    ("no operation", "1 to 100", []),
    ("101 operations", "1 to 100 operations, not 101", [Insert(f"i.{n}", {}) for n in range(101)]),
    ("one row twice", "each row at most once", [Merge("i.a", {}), Merge("i.a", {})]),
    ("a slash in a key", "a-z, 0-9", [Insert("i/a", {})]),
    ("a capital in a key", "a-z, 0-9", [Insert("i.A", {})]),
    ("an empty key", "1 to 200", [Insert("", {})]),
    ("a long key", "1 to 200", [Insert("i" * 201, {})]),
    ("253 values", "at most 252 values, not 253", [Insert("i.a", {f"n{n}": 1 for n in range(253)})]),
    ("a text of 32,769 units", "at most 32768 UTF-16 units; t has 32769", [Insert("i.a", {"t": "x" * 32769})]),
    ("16,385 characters of two units", "at most 32768 UTF-16 units; t has 32770", [Insert("i.a", {"t": "😀" * 16385})]),
    ("more than a MiB", "at most 1 MiB", [Insert("i.a", {f"n{n}": "x" * 30000 for n in range(18)})]),
    (
        "more than 4 MiB together",
        "less than 4 MiB",
        [Insert(f"i.{r}", {f"n{n}": "x" * 30000 for n in range(16)}) for r in range(9)],
    ),
    (
        "4 MiB as it is sent",
        "less than 4 MiB",
        [Insert(f"i.{r}", {f"n{n}": "漢" * 30000 for n in range(8)}) for r in range(3)],
    ),
    ("a hyphen in a name", "'a-b' cannot be the name", [Insert("i.a", {"a-b": 1})]),
    ("an empty name", "'' cannot be the name", [Insert("i.a", {"": 1})]),
    ("a name of 256", "cannot be the name", [Insert("i.a", {"n" * 256: 1})]),
    ("a digit first", "'1n' cannot be the name", [Insert("i.a", {"1n": 1})]),
    ("a line break after a name", "cannot be the name", [Insert("i.a", {"n\n": 1})]),
    *(
        (f"the name {name}", f"'{name}' cannot be the name", [Insert("i.a", {name: "x"})])
        for name in ("RowKey", "partitionKEY", "Timestamp", "etag")
    ),
    ("half a character", "t holds half a character", [Insert("i.a", {"t": "\ud800"})]),
    ("an integer of 65 bits", "whole one of 64 bits", [Insert("i.a", {"n": 2**63})]),
    ("no number", "n must be", [Insert("i.a", {"n": float("nan")})]),
    ("infinity", "n must be", [Merge("i.a", {"n": float("inf")})]),
    ("nothing", "n must be", [Merge("i.a", {"n": None})]),  # type: ignore[dict-item]
    ("a list", "n must be", [Replace("i.a", {"n": []}, "x")]),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("why", "says", "operations"), LIMITS, ids=[why for why, *_ in LIMITS])
async def test_what_the_real_service_does_not_take_no_store_takes(
    store: Store, why: str, says: str, operations: Sequence[Operation]
) -> None:
    with pytest.raises(LimitExceeded, match=re.escape(says)) as refused:
        await store.commit(P, operations)
    assert "xxx" not in str(refused.value)


@pytest.mark.parametrize("key", ["", "i/a", "i.A", "i'a", "ä", "i a", "i_a", "i.a\n", "x" * 201])
async def test_keys_are_checked_wherever_they_are_given(store: Store, key: str) -> None:
    with pytest.raises(LimitExceeded):
        await store.get(P, key)
    with pytest.raises(LimitExceeded):
        await store.get(key, "i.a")
    with pytest.raises(LimitExceeded):
        await store.commit(key, [Insert("i.a", {})])
    with pytest.raises(LimitExceeded):
        await store.commit(P, [Delete(key)])
    with pytest.raises(LimitExceeded):
        await keys(store, key or "'")


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_what_is_just_within_the_limits_is_taken(store: Store) -> None:
    await store.commit(P, [Insert(f"i.{n}", {"t": "x" * 500}) for n in range(100)])
    await store.commit(P, [Insert("j." + "k" * 198, {f"n{n}": "😀" for n in range(252)})])
    await store.commit(P, [Insert("l.a", {"t": "x" * 32768})])
    await store.commit(P, [Insert(f"m.{r}", {f"n{n}": "x" * 32000 for n in range(15)}) for r in range(8)])
    assert len(await keys(store, "m.")) == 8
