"""Lists that are walked: what is collected once serves all pages, sees one moment, and is never stale for long."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from scim.snapshots import CHUNK, Snapshot, Snapshots
from scim_adapter import Ask, Can, Native, Page, Query
from tests.backends import Shelf
from tests.scim.harness import Answer, Engine, replace_

NATIVE = 100
"""Records in a native page."""


class Cursors(Shelf):
    """A backend that can only be walked, a native page at a time."""

    def __init__(self, people: int) -> None:
        super().__init__(can=Can())
        self._numbers = itertools.count(people)
        for n in range(people):
            self.records[f"k{n}"] = {"key": f"k{n}", "login": f"p{n:05}@x", "enabled": n % 2 == 0, "display": f"{-n}"}

    async def find(self, query: Query) -> Page:
        self._enter("find")
        keys = list(self.records)
        start = keys.index(query.cursor) if query.cursor in keys else 0
        window = keys[start : start + NATIVE]
        more = keys[start + NATIVE : start + NATIVE + 1]
        return Page([dict(self.records[key]) for key in window], more[0] if more else None)


async def page(engine: Engine, start: int, count: int, more: str = "") -> Answer:
    answer = await engine.send("GET", "/Users", query=f"startIndex={start}&count={count}{more}")
    assert answer.status == 200, answer.body
    return answer


async def walk(engine: Engine, count: int, more: str = "") -> list[str]:
    found: list[str] = []
    total = 1
    while len(found) < total:
        answer = await page(engine, len(found) + 1, count, more)
        total = answer.body["totalResults"]
        assert answer.body["itemsPerPage"] == len(answer.body["Resources"]) > 0
        found += [one["userName"] for one in answer.body["Resources"]]
    return found


LISTS = [
    ("all of them", "", lambda n: True, False),
    ("a filter that the backend does not know", '&filter=active+eq+true', lambda n: n % 2 == 0, False),
    ("in an order of the gateway's", "&sortBy=userName&sortOrder=descending", lambda n: True, True),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("why", "more", "matches", "reverse"), LISTS, ids=[row[0] for row in LISTS])
@pytest.mark.parametrize("count", [7, 100, 1000])
async def test_a_walk_costs_one_walk_of_the_backend(
    why: str, more: str, matches: Any, reverse: bool, count: int
) -> None:
    people = 1230
    engine = Engine(Cursors(people))
    expected = [f"p{n:05}@x" for n in range(people) if matches(n)]
    assert await walk(engine, count, more) == (expected[::-1] if reverse else expected)
    assert engine.shelf.calls == {"find": -(-people // NATIVE)}, why


class Capped(Shelf):
    """A backend that cuts windows out itself, and never a large one."""

    most = 3

    async def find(self, query: Query) -> Page:
        return await super().find(replace(query, limit=min(query.limit, self.most)))


async def test_a_page_is_full_though_the_backend_holds_its_own_ones_shorter() -> None:
    engine = Engine(shelf := Capped())
    for n in range(11):
        shelf.records[f"k{n}"] = {"key": f"k{n}", "login": f"p{n:02}@x"}
    pages = [await page(engine, start, 5) for start in (1, 6, 11)]  # in steps of `count`, as some clients walk
    assert [len(one.body["Resources"]) for one in pages] == [5, 5, 1]
    assert len({user["id"] for one in pages for user in one.body["Resources"]}) == 11
    assert (shelf.calls["find"], {one.body["totalResults"] for one in pages}) == (5, {11})
    await page(engine, 9, 3)
    assert shelf.calls["find"] == 6, "a page that is full or the last one costs no further call"
    shelf.most = 0
    assert (await page(engine, 1, 5)).body["Resources"] == [], "a backend that shows nobody is not asked for ever"


async def test_a_page_is_shorter_where_the_time_does_not_last_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(shelf := Capped())
    for n in range(11):
        shelf.records[f"k{n}"] = {"key": f"k{n}", "login": f"p{n:02}@x"}
    left = [engine.options.read_deadline]
    monkeypatch.setattr(Ask, "left", property(lambda _: left[0]))
    shelf.before["find"] = lambda: left.__setitem__(0, left[0] / 3)
    assert len((await page(engine, 1, 10)).body["Resources"]) == 6


async def test_pages_may_be_asked_for_in_any_order_and_reach_beyond_the_end() -> None:
    engine = Engine(Cursors(450))
    for start, count in [(401, 100), (1, 10), (201, 100), (451, 10), (440, 50), (400, 0)]:
        found = [one["userName"] for one in (await page(engine, start, count)).body["Resources"]]
        assert found == [f"p{n:05}@x" for n in range(start - 1, min(450, start - 1 + count))]
    assert engine.shelf.calls == {"find": 5 + 5}, "one walk for the first request, one for a new beginning"


async def test_a_list_that_fits_one_page_is_not_kept() -> None:
    engine = Engine(Cursors(50))
    await page(engine, 1, 50)
    await page(engine, 2, 50)
    assert engine.shelf.calls == {"find": 2}


@pytest.mark.parametrize("write", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_write_is_seen_by_the_next_page(write: str) -> None:
    engine = Engine(Cursors(300))
    first = (await page(engine, 1, 100)).body["Resources"][0]
    if write == "POST":
        assert (await engine.create("new@x")).status == 201
    elif write == "PATCH":
        assert (await engine.patch(first["id"], replace_("displayName", "changed"))).status == 200
    else:
        body = None if write == "DELETE" else {**first, "displayName": "changed"}
        assert (await engine.send(write, f"/Users/{first['id']}", body)).status in (200, 204)
    whole = (await page(engine, 2, 1000)).body
    assert whole["totalResults"] == {"POST": 301, "DELETE": 299}.get(write, 300)
    engine.shelf.calls.clear()
    last = (await page(engine, 1, 1000)).body["Resources"]
    assert [one.get("displayName") for one in last].count("changed") == (write in ("PATCH", "PUT"))


async def test_who_is_deleted_by_another_process_is_on_no_page() -> None:
    engine = Engine(Cursors(300))
    ids = [one["id"] for one in (await page(engine, 1, 300)).body["Resources"]]
    await page(engine, 1, 100)
    other = Engine(engine.shelf, engine.store.inner)
    assert (await other.send("DELETE", f"/Users/{ids[150]}")).status == 204
    engine.map._overrides.clear()  # as after the 30 seconds in which a process may not know
    found = (await page(engine, 101, 100)).body["Resources"]
    assert [one["id"] for one in found] == [id for id in ids[100:200] if id != ids[150]]


def collected(count: int) -> Snapshot:
    snapshot = Snapshot()
    for n in range(count):
        snapshot.add({"key": str(n)}, None)
    return snapshot


@pytest.mark.parametrize(
    ("why", "waits", "there"),
    [
        ("used at once", [0], True),
        ("used now and then", [59, 59, 59], True),
        ("not used for a minute", [61], False),
        ("used for more than ten minutes", [55] * 11, False),
    ],
)
def test_snapshots_do_not_stay(why: str, waits: list[float], there: bool) -> None:
    now = [1000.0]
    snapshots = Snapshots(lambda: now[0])
    snapshots.keep("list", collected(3), 0)
    found = None
    for wait in waits:
        now[0] += wait
        found = snapshots.find("list")
    assert (found is not None) is there, why


def test_the_oldest_goes_first_and_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scim.snapshots.COUNT", 2)
    monkeypatch.setattr("scim.snapshots.BYTES", 5000)
    snapshots = Snapshots()
    for name in ("a", "b"):
        snapshots.keep(name, collected(10), 0)
    assert snapshots.find("a")
    snapshots.keep("c", collected(10), 0)
    assert [name for name in "abc" if snapshots.find(name)] == ["a", "c"]
    snapshots.keep("large", collected(20_000), 0)
    assert not snapshots.find("large")
    assert snapshots.find("a")


def test_what_was_collected_before_a_write_is_not_kept_after_it() -> None:
    snapshots = Snapshots()
    before = snapshots.generation
    snapshots.clear()
    snapshots.keep("list", collected(3), before)
    assert snapshots.find("list") is None


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_windows_are_slices(count: int) -> None:
    records: list[Native] = [{"key": str(n)} for n in range(count)]
    for sealed in (False, True):
        for descending in (None, False, True):
            snapshot = Snapshot()
            for n, record in enumerate(records):
                snapshot.add(record, None, n % 7)
            expected = records
            if descending is not None:
                snapshot.sort(descending=descending)
                expected = sorted(records, key=lambda r: int(r["key"]) % 7)[:: -1 if descending else 1]
            if sealed:
                snapshot.sealed()
            for start in (1, 2, CHUNK, CHUNK + 1, count, count + 1):
                found = [record for record, _ in snapshot.window(start, 50)]
                assert found == expected[max(0, start - 1) : max(0, start - 1) + 50] or start == 0
