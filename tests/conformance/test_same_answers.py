"""Generated searches of the same people behind a directory that searches and one that can only list: one answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim.message import Request
from tests.conformance.generated import FILTERS, NAMES
from tests.corpus.world import World, build

QUICK = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
MEANT = st.sampled_from(
    ['userName sw "a"', 'userName ew "@example.com"', 'displayName co "a"', 'emails.value co "EXAMPLE"',
     "active eq true",
     'externalId eq "e-1"', 'title gt "i"', 'name.familyName le "Lovelace"', 'meta.created ge "2026-01-06T00:00:00Z"',
     "manager pr", 'emails[type eq "work"].value ew "com"', "groups pr", 'phoneNumbers pr', 'roles eq "reader"']
)  # fmt: skip
SEARCHES = st.recursive(
    FILTERS | MEANT,
    lambda terms: (
        st.builds("({}) {} ({})".format, terms, st.sampled_from(["and", "or"]), terms) | terms.map("not ({})".format)
    ),
    max_leaves=4,
)
ORDERS = st.none() | NAMES | st.sampled_from(["meta.created", "active", "id", "emails"])
PAGES = st.fixed_dictionaries(
    {}, optional={"startIndex": st.integers(-1, 13), "count": st.integers(-1, 13),
                  "sortOrder": st.sampled_from(["ascending", "descending"]),
                  "attributes": st.sampled_from(["userName", "emails.value,groups", "name", "id"])}
)  # fmt: skip


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> World:
    return loop.run_until_complete(build(tmp_path_factory.mktemp("same")))


def ask(loop: asyncio.AbstractEventLoop, world: World, endpoint: str, query: str) -> Any:
    """The one answer of both services."""
    rich, poor = [
        loop.run_until_complete(one.handle(Request("GET", endpoint, query, {}, b"")))
        for one in (world.rich, world.poor)
    ]
    assert (rich.status, rich.body) == (poor.status, poor.body)
    assert rich.status in (200, 400)
    return json.loads(rich.body)


def agree(loop: asyncio.AbstractEventLoop, world: World, filter: str, order: str | None, page: dict[str, Any]) -> None:
    sorting = {"sortBy": order} if order else {}
    document = ask(loop, world, "/Users", urlencode({"filter": filter, **sorting, **page}))
    if "Resources" in document:
        whole = ask(loop, world, "/Users", f"filter={quote_plus(filter)}&attributes=id")
        assert document["totalResults"] == whole["totalResults"]
        assert {one["id"] for one in document["Resources"]} <= {one["id"] for one in whole["Resources"]}
        other = ask(loop, world, "/Users", f"filter={quote_plus(f'not ({filter})')}&attributes=id")
        everybody = [one["id"] for one in (*whole["Resources"], *other["Resources"])]
        assert sorted(everybody) == sorted(
            world.ids[label] for label in world.ids if label not in ("eng", "sub", "emp")
        )


@QUICK
@given(filter=SEARCHES, order=ORDERS, page=PAGES)
def test_a_search_has_one_answer(
    loop: asyncio.AbstractEventLoop, world: World, filter: str, order: str | None, page: dict[str, Any]
) -> None:
    agree(loop, world, filter, order, page)


@pytest.mark.slow
@LONG
@given(filter=SEARCHES, order=ORDERS, page=PAGES)
def test_many_searches_have_one_answer(
    loop: asyncio.AbstractEventLoop, world: World, filter: str, order: str | None, page: dict[str, Any]
) -> None:
    agree(loop, world, filter, order, page)
