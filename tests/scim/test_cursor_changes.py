"""Walks by cursor while people come and go: nobody twice, and nobody who was there all the time left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_adapter import Invalid, Page, Query
from tests.scim.harness import Engine, replace_
from tests.scim.listers import LISTERS, AtOnce, ByKey, ByNumber, ByOffset, Lister, Repeating, Round
from tests.scim.test_cursors import names, turn, walk

QUICK = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
Backend = Callable[[Iterable[int]], Lister]
QUERIES = ["", "&filter=active+eq+true", "&sortBy=displayName", "&sortBy=userName&sortOrder=descending"]


@dataclass
class Step:
    """What happens between two pages: people by their place in the list, and whether a new process answers next."""

    gone: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    joined: int = 0
    first: int = 0
    cold: bool = False


STEPS = st.lists(
    st.builds(
        Step,
        gone=st.lists(st.integers(0, 60), max_size=4),
        deleted=st.lists(st.integers(0, 60), max_size=2),
        joined=st.integers(0, 3),
        first=st.integers(0, 12),
        cold=st.booleans(),
    ),
    max_size=8,
)


class Walk:
    """A walk by cursor through a list that changes."""

    def __init__(self, backend: Backend, people: int) -> None:
        self.engine = Engine(backend(range(100, 100 + people)))
        self.ids: dict[str, str] = {}
        self.stood = {str(one["login"]) for one in self.engine.shelf.records.values()}
        self.numbers = iter(range(1000, 2000))
        self.fronts = iter(range(99, 0, -1))

    async def meet(self) -> None:
        """Learn the ids, so that people can be deleted."""
        found = (await self.engine.send("GET", "/Users", query="count=1000")).body["Resources"]
        self.ids = {one["userName"]: one["id"] for one in found}

    async def happen(self, step: Step) -> None:
        shelf = self.engine.shelf
        assert isinstance(shelf, Lister)
        for place in step.deleted:
            login = self._at(place)
            if login in self.ids:
                assert (await self.engine.send("DELETE", f"/Users/{self.ids.pop(login)}")).status in (204, 404)
                self.stood.discard(login)
        for place in step.gone:
            login = self._at(place)
            self.stood.discard(login)
            shelf.records.pop(next((k for k, r in shelf.records.items() if r["login"] == login), ""), None)
        for _ in range(step.joined):
            shelf.join(next(self.numbers))
        for _ in range(step.first):
            before, shelf.records = shelf.records, {}
            if number := next(self.fronts, 0):
                shelf.join(number)
            shelf.records |= before
        if step.cold:
            self.engine.restart()

    def _at(self, place: int) -> str:
        logins = [str(one["login"]) for one in self.engine.shelf.records.values()]
        return logins[place % len(logins)] if logins else ""


async def walked(backend: Backend, people: int, count: int, query: str, steps: list[Step]) -> None:
    walk = Walk(backend, people)
    await walk.meet()
    found: list[str] = []
    cursor: str | None = ""
    coming = iter(steps)
    while cursor is not None:
        answer = await walk.engine.send("GET", "/Users", query=f"cursor={cursor}&count={count}{query}")
        if answer.status != 200:
            assert answer.body["scimType"] == "expiredCursor"
            return  # too much has changed at once, which is said
        found += names(answer.body["Resources"])
        cursor = answer.body.get("nextCursor")
        await walk.happen(next(coming, Step()))
    expected = walk.stood if "filter" not in query else {one for one in walk.stood if int(one[1:6]) % 2 == 0}
    assert len(found) == len(set(found))
    assert expected <= set(found)


WALKS = given(
    backend=st.sampled_from(LISTERS),
    people=st.integers(0, 60),
    count=st.integers(1, 25),
    query=st.sampled_from(QUERIES),
    steps=STEPS,
)


@pytest.mark.slow
@QUICK
@WALKS
def test_nobody_is_seen_twice_or_left_out(
    backend: Backend, people: int, count: int, query: str, steps: list[Step]
) -> None:
    asyncio.run(walked(backend, people, count, query, steps))


@pytest.mark.slow
@LONG
@WALKS
def test_nobody_is_seen_twice_or_left_out_at_length(
    backend: Backend, people: int, count: int, query: str, steps: list[Step]
) -> None:
    asyncio.run(walked(backend, people, count, query, steps))


@pytest.mark.parametrize("backend", LISTERS)
@pytest.mark.parametrize("gone", [1, 4, 5, 12, 30])
async def test_who_is_removed_before_the_place_moves_nobody_out(backend: Backend, gone: int) -> None:
    engine = Engine(backend(range(60)))
    first = (await turn(engine, "", 30)).body
    for n in range(gone):
        del engine.shelf.records[f"k{n}"]
    engine.restart()
    rest = (await turn(engine, first["nextCursor"], 30)).body
    assert names(rest["Resources"]) == [f"p{n:05}@x" for n in range(30, 60)]


async def test_a_place_all_of_whose_neighbours_are_gone_is_expired() -> None:
    engine = Engine(ByOffset(range(60)))
    first = (await turn(engine, "", 30)).body
    for n in range(26, 31):
        del engine.shelf.records[f"k{n}"]
    answer = await engine.send("GET", "/Users", query=f"cursor={first['nextCursor']}&count=30")
    assert (answer.status, answer.body["scimType"]) == (400, "expiredCursor")


@pytest.mark.parametrize("left", [26, 27, 28, 29, 30])
async def test_one_neighbour_is_enough(left: int) -> None:
    engine = Engine(ByOffset(range(60)))
    first = (await turn(engine, "", 30)).body
    for n in {*range(20, 31)} - {left}:
        del engine.shelf.records[f"k{n}"]
    rest = (await turn(engine, first["nextCursor"], 60)).body
    assert names(rest["Resources"]) == [f"p{n:05}@x" for n in range(30 + (left != 30), 60)]


async def test_after_all_but_one_neighbour_are_gone_the_walk_is_as_cheap_as_before() -> None:
    engine = Engine(ByOffset(range(200)))
    cursor = (await turn(engine, "", 30)).body["nextCursor"]
    for n in range(27, 31):
        del engine.shelf.records[f"k{n}"]
    engine.restart()
    engine.shelf.calls.clear()
    rest = await walk(engine, 10, begin=cursor, between=engine.restart)
    assert names(rest) == [f"p{n:05}@x" for n in range(31, 200)]
    assert engine.shelf.calls["find"] <= 17 * 2 + 20, "each page its own price, and the list once"


async def test_a_removal_costs_one_more_reading_of_the_list_and_no_more() -> None:
    engine = Engine(ByOffset(range(200)))
    cursor = (await turn(engine, "", 10)).body["nextCursor"]
    del engine.shelf.records["k3"]
    engine.shelf.calls.clear()
    await walk(engine, 10, begin=cursor)
    assert engine.shelf.calls["find"] <= 200 / 10 * 2 + 200 / 10, "N/p + N/n, and once N/n more"


@pytest.mark.parametrize("to", ["front", "end"])
@pytest.mark.parametrize("moved", ["next", "last", "last but one"])
@pytest.mark.parametrize("query", ["", "&sortBy=displayName"])
@pytest.mark.parametrize("gone", [0, 10], ids=["in its page", "in the whole list"])
async def test_a_neighbour_that_moved_away_takes_nobody_along(query: str, moved: str, to: str, gone: int) -> None:
    """Backends that list by the last change, and orders: who was changed stands elsewhere now."""
    engine = Engine(ByOffset(range(100, 160)))
    first = (await turn(engine, "", 30, query)).body
    shown = first["Resources"]
    everybody = [one["userName"] for one in (await walk(engine, 60, query))]
    login = everybody[{"next": 30, "last": 29, "last but one": 28}[moved]]
    assert [one["userName"] for one in shown] == everybody[:30]
    key = next(key for key, one in engine.shelf.records.items() if one["login"] == login)
    record = engine.shelf.records.pop(key)
    if to == "end":
        engine.shelf.records[key] = {**record, "display": "zzz"}
    else:
        engine.shelf.records = {key: {**record, "display": "-zzz"}, **engine.shelf.records}
    for one in shown[:gone]:
        shelf = engine.shelf.records
        del shelf[next(key for key, record in shelf.items() if record["login"] == one["userName"])]
    engine.restart()
    rest = await walk(engine, 30, query, begin=first["nextCursor"])
    assert [one for one in names(rest) if one != login] == [one for one in everybody[30:] if one != login]
    engine.shelf.calls.clear()
    assert len(names(await walk(engine, 30, query, begin=first["nextCursor"]))) >= 29
    assert engine.shelf.calls["find"] <= 20, "and it is not collected for that"


async def test_a_write_in_the_middle_is_no_matter() -> None:
    engine = Engine(ByNumber(range(40)))
    for query in ("", "&sortBy=userName"):
        first = (await turn(engine, "", 10, query)).body
        person = first["Resources"][0]
        assert (await engine.patch(person["id"], replace_("name.familyName", "New"))).status == 200
        assert (await engine.send("DELETE", f"/Users/{first['Resources'][1]['id']}")).status == 204
        rest = await walk(engine, 10, query, begin=first["nextCursor"])
        assert not {one["id"] for one in rest} & {one["id"] for one in first["Resources"]}
        assert len(rest) == len(await walk(engine, 100, query)) - 9


async def test_a_deleted_account_that_stays_disabled_in_the_backend_is_left_out() -> None:
    engine = Engine(ByOffset(range(30)))
    everybody = await walk(engine, 30)
    for one in everybody[::2]:
        assert (await engine.send("DELETE", f"/Users/{one['id']}")).status == 204
    assert names(await walk(engine, 7)) == names(everybody[1::2])
    engine.restart()
    assert names(await walk(engine, 7)) == names(everybody[1::2])


async def test_a_page_that_brings_nothing_new_ends_the_walk() -> None:
    for count in (3, 9, 10, 11, 100):
        engine = Engine(Repeating(range(30)))
        assert names(await walk(engine, count)) == [f"p{n:05}@x" for n in range(10)]
        assert engine.shelf.calls["find"] <= 10 / count + 4


CIRCLES = [
    (20, 0, 0, "two pages"),
    (20, 1, 0, "the last page leads to itself"),
    (100, 0, 0, "ten pages"),
    (100, 7, 0, "the last three of ten, met at the eighth"),
    (100, 8, 7, "one behind the eighth page is known by the sixteenth"),
    (200, 9, 6, "a long one too"),
    (160, 10, 5, "also where the sixteenth is the last"),
]


@pytest.mark.parametrize(("people", "back", "again", "why"), CIRCLES, ids=[row[-1] for row in CIRCLES])
@pytest.mark.parametrize("count", [10, 33])
@pytest.mark.parametrize("cold", [False, True], ids=["one process", "a new process for each page"])
async def test_cursors_that_go_round_in_a_circle_end(
    people: int, back: int, again: int, why: str, count: int, cold: bool
) -> None:
    engine = Engine(Round(range(people), back))
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        body = (await turn(engine, cursor, count)).body
        found, cursor = found + names(body["Resources"]), body.get("nextCursor")
        assert len(found) <= 3 * people, "it is walked for ever"
        if cold:
            engine.restart()
    assert found[:people] == [f"p{n:05}@x" for n in range(people)]
    assert len(found) <= people + again * Lister.size, why


async def test_a_cursor_stays_short_however_many_pages_are_behind_it() -> None:
    engine = Engine(ByKey(range(350)))
    cursor = (await turn(engine, "", 340)).body["nextCursor"]
    assert len(cursor) <= 250, "34 pages, six marks"


async def test_a_slow_backend_makes_short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(ByKey):
        async def find(self, query: Query) -> Page:
            await asyncio.sleep(0.05)
            return await super().find(query)

    engine = Engine(Slow(range(60)), read_deadline=0.2)
    first = (await turn(engine, "", 60)).body
    assert 10 <= len(first["Resources"]) < 60, "what was read in time, not 503"
    rest = await walk(engine, 10, begin=first["nextCursor"])
    assert names([*first["Resources"], *rest]) == [f"p{n:05}@x" for n in range(60)]


async def test_a_fault_of_the_backend_is_no_expired_cursor() -> None:
    """Only a native cursor can be forgotten; a refusal of anything else is the backend's own."""

    class Refusing(AtOnce):
        def cut(self, rows: list[Any], query: Query) -> Page:
            if self.calls["find"] > 1:
                raise Invalid("Not today.")
            return super().cut(rows, query)

    engine = Engine(Refusing(range(30)))
    cursor = (await turn(engine, "", 10)).body["nextCursor"]
    answer = await engine.send("GET", "/Users", query=f"cursor={cursor}")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
