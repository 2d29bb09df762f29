"""Walks by cursor (RFC 9865): everybody once, at the price of the backend's own pages, whatever process answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from scim_adapter import Can
from tests.backends import Shelf
from tests.scim.harness import Answer, Engine
from tests.scim.listers import LISTERS, AtOnce, ByKey, ByOffset, Forgetting, Lister

Backend = Callable[[Iterable[int]], Lister]
PEOPLE = 31
QUERIES = [
    ("all", "", lambda n: True, False),
    ("a filter", "&filter=active+eq+true", lambda n: n % 2 == 0, False),
    ("an order", "&sortBy=userName&sortOrder=descending", lambda n: True, True),
    ("a filter and an order", "&filter=active+eq+false&sortBy=userName&sortOrder=descending", lambda n: n % 2, True),
]  # fmt: skip


async def turn(engine: Engine, cursor: str, count: int, more: str = "", path: str = "/Users") -> Answer:
    answer = await engine.send("GET", path, query=f"cursor={cursor}&count={count}{more}")
    assert answer.status == 200, answer.body
    return answer


async def walk(
    engine: Engine, count: int, more: str = "", path: str = "/Users", between: Callable[[], Any] | None = None,
    begin: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """All resources of a walk, or of its rest; `between` happens before each further page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = begin
    while cursor is not None:
        body = (await turn(engine, cursor, count, more, path)).body
        cursor = body.get("nextCursor")
        assert "startIndex" not in body
        assert body["itemsPerPage"] == len(body["Resources"]) <= count
        assert cursor is not None or body["totalResults"] >= len(body["Resources"])
        found += body["Resources"]
        if between:
            between()
    return found


async def by_index(engine: Engine, count: int, more: str = "", path: str = "/Users") -> list[dict[str, Any]]:
    """All resources of the same list, by `startIndex`."""
    found: list[dict[str, Any]] = []
    total = 1
    while len(found) < total:
        body = (await engine.send("GET", path, query=f"startIndex={len(found) + 1}&count={count}{more}")).body
        assert "nextCursor" not in body
        total = body["totalResults"]
        found += body["Resources"]
    return found


def names(resources: Iterable[dict[str, Any]]) -> list[str]:
    return [one["userName"] for one in resources]


@pytest.mark.parametrize("cold", [False, True], ids=["one process", "a new process for each page"])
@pytest.mark.parametrize("count", [7, 31])
@pytest.mark.parametrize(("why", "more", "matches", "reverse"), QUERIES, ids=[row[0] for row in QUERIES])
@pytest.mark.parametrize("backend", LISTERS)
async def test_a_walk_finds_everybody_once(
    backend: Backend, why: str, more: str, matches: Any, reverse: bool, count: int, cold: bool
) -> None:
    engine = Engine(backend(range(PEOPLE)))
    expected = [f"p{n:05}@x" for n in range(PEOPLE) if matches(n)][:: -1 if reverse else 1]
    assert names(await walk(engine, count, more, between=engine.restart if cold else None)) == expected, why
    assert names(await by_index(engine, count, more)) == expected


@pytest.mark.parametrize("cold", [False, True], ids=["one process", "a new process for each page"])
@pytest.mark.parametrize("count", [1, 7, 10, 20, 31, 1000])
@pytest.mark.parametrize("backend", [one for one in LISTERS if one is not Forgetting])
async def test_a_plain_walk_costs_its_pages_and_the_native_ones(backend: Backend, count: int, cold: bool) -> None:
    engine = Engine(backend(range(PEOPLE)))
    await walk(engine, count, between=engine.restart if cold else None)
    own = PEOPLE if backend is AtOnce else Lister.size
    assert engine.shelf.calls["find"] <= -(-PEOPLE // count) + -(-PEOPLE // own)
    assert set(engine.shelf.calls) == {"find"}


async def test_a_backend_that_forgets_its_cursors_is_read_as_a_whole_and_kept() -> None:
    engine = Engine(Forgetting(range(PEOPLE)))
    await walk(engine, 10)
    once = -(-PEOPLE // Lister.size)
    assert engine.shelf.calls["find"] <= 5 * once, "looked for twice, then collected once for all pages"


@pytest.mark.parametrize("query", ["&filter=active+eq+true", "&sortBy=userName"])
async def test_a_filtered_or_sorted_walk_costs_one_walk_of_the_backend(query: str) -> None:
    for backend in (ByOffset, ByKey):
        engine = Engine(backend(range(PEOPLE)))
        await walk(engine, 3, query)
        assert engine.shelf.calls == {"find": -(-PEOPLE // Lister.size)}


async def test_who_has_a_key_that_was_left_by_a_rename_is_walked_too() -> None:
    engine = Engine(Shelf(key="login", can=Can(offset=True, mutable_key=True)))
    grace = await engine.create("grace")
    renamed = await engine.patch(grace.id, {"op": "Replace", "path": "userName", "value": "hopper"})
    assert renamed.status == 200, renamed.body
    engine.shelf.records = {"grace": {"login": "grace", "enabled": True}, **engine.shelf.records}
    for restart in (None, engine.restart):
        found = await walk(engine, 1, between=restart)
        assert names(found) == ["grace", "hopper"]
        assert found[1]["id"] == grace.id != found[0]["id"]


async def test_only_who_is_shown_gets_a_row() -> None:
    engine = Engine(AtOnce(range(350)), keep=())
    await turn(engine, "", 1)
    await engine.counted()
    first = (await turn(engine, "", 100)).body
    assert await engine.counted() == {"write": 1}, "a hundred rows, though the backend gave all 350"
    await turn(engine, first["nextCursor"], 100)
    assert await engine.counted() == {"write": 1}


async def test_a_walk_costs_no_store_operation_for_who_was_seen_before() -> None:
    engine = Engine(ByKey(range(PEOPLE)), keep=())
    await walk(engine, 10)
    await engine.counted()
    await walk(engine, 10)
    assert await engine.counted() == {}


async def test_no_backend_is_asked_for_more_than_the_largest_page() -> None:
    engine = Engine(ByOffset(range(PEOPLE)), max_page_size=10)
    assert len(await walk(engine, 10)) == PEOPLE
    assert max(query.limit for query in engine.shelf.queries) == 10
