"""Generated walks of the same people, by cursor and by index, behind a directory and behind a backend that can only
list: all of them bring the same list, and both backends the same pages, byte for byte, but for the cursors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim.message import Request
from scim.service import Service
from tests.conformance.generated import NAMES
from tests.conformance.test_same_answers import SEARCHES
from tests.corpus.world import World, build

QUICK = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
SHOWN = st.sampled_from(["", "userName,displayName", "id", "groups", "members"])
LISTS = st.fixed_dictionaries(
    {"path": st.sampled_from(["/Users", "/Groups", ""])},
    optional={
        "filter": SEARCHES,
        "sortBy": NAMES | st.sampled_from(["meta.created", "id", "displayName", "externalId"]),
        "sortOrder": st.sampled_from(["ascending", "descending"]),
        "attributes": SHOWN,
    },
)
COUNTS = st.integers(1, 14)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> World:
    return loop.run_until_complete(build(tmp_path_factory.mktemp("walks")))


class Asking:
    """One list of one service."""

    def __init__(self, loop: asyncio.AbstractEventLoop, service: Service, list: dict[str, str]) -> None:
        self._loop, self._service = loop, service
        self._path, self._list = list["path"], {k: v for k, v in list.items() if k != "path"}

    def page(self, **more: Any) -> tuple[int, dict[str, Any]]:
        query = urlencode({**self._list, **more})
        answer = self._loop.run_until_complete(self._service.handle(Request("GET", self._path, query)))
        return answer.status, json.loads(answer.body)

    def by_cursor(self, count: int) -> list[Any]:
        """All pages, without their cursors; or the one refusal."""
        pages: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            status, body = self.page(cursor=cursor, count=count)
            if status != 200:
                assert status == 400, body
                return [body]
            cursor = body.pop("nextCursor", None)
            pages.append({**body, "more": cursor is not None})
        return pages

    def by_index(self, count: int) -> list[Any]:
        """All resources; or the one refusal."""
        found: list[Any] = []
        total = 1
        while len(found) < total:
            status, body = self.page(startIndex=len(found) + 1, count=count)
            if status != 200:
                return [body]
            total = body["totalResults"]
            found += body["Resources"]
        return found


def agree(loop: asyncio.AbstractEventLoop, world: World, list: dict[str, str], count: int) -> None:
    rich, poor = Asking(loop, world.rich, list), Asking(loop, world.poor, list)
    pages = rich.by_cursor(count)
    assert json.dumps(pages) == json.dumps(poor.by_cursor(count))
    indexed = rich.by_index(count)
    assert indexed == poor.by_index(count)
    if "Resources" not in pages[0]:
        assert pages == indexed, "what is refused by index is refused by cursor"
        return
    assert [one for page in pages for one in page["Resources"]] == indexed == rich.by_index(100)
    assert pages[-1]["totalResults"] == len(indexed)
    assert all(len(page["Resources"]) == count for page in pages[:-1])
    assert len(pages) == max(1, -(-len(indexed) // count)), "and no page is empty, unless all are"


@QUICK
@given(list=LISTS, count=COUNTS)
def test_all_walks_bring_one_list(
    loop: asyncio.AbstractEventLoop, world: World, list: dict[str, str], count: int
) -> None:
    agree(loop, world, list, count)


@pytest.mark.slow
@LONG
@given(list=LISTS, count=COUNTS)
def test_many_walks_bring_one_list(
    loop: asyncio.AbstractEventLoop, world: World, list: dict[str, str], count: int
) -> None:
    agree(loop, world, list, count)


@pytest.mark.parametrize("path", ["/Users", "/Groups", ""])
@pytest.mark.parametrize("order", ["", "displayName", "-displayName"])
def test_a_walk_may_change_between_the_backends(
    loop: asyncio.AbstractEventLoop, world: World, path: str, order: str
) -> None:
    """Both have one map, so a cursor of either is one of the other; their native places differ, and are found again."""
    direction = "descending" if order.startswith("-") else "ascending"
    sorting = {"sortBy": order.strip("-"), "sortOrder": direction} if order else {}
    asking = [Asking(loop, service, {"path": path, **sorting}) for service in (world.rich, world.poor)]
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        status, body = asking[len(found) % 2].page(cursor=cursor, count=3)
        assert status == 200, body
        found += body["Resources"]
        cursor = body.get("nextCursor")
    assert found == asking[0].by_index(100)
