"""Lists over the engine, on the directory and on a backend that can only list: the same answers, byte for byte."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from scim.message import Request
from tests.corpus.reads import REFUSED, ROWS, Read
from tests.corpus.world import World, build


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(build(tmp_path_factory.mktemp("reads")))


async def both(world: World, request: Request) -> tuple[int, Any]:
    """The one answer of both services."""
    rich, poor = [await one.handle(request) for one in (world.rich, world.poor)]
    assert (rich.status, rich.body) == (poor.status, poor.body)
    return rich.status, json.loads(rich.body)


def check(world: World, row: Read, document: Any) -> None:
    labels = {id: label for label, id in world.ids.items()}
    assert " ".join(labels[one["id"]] for one in document["Resources"]) == row.people
    assert document["totalResults"] == row.total
    assert document["itemsPerPage"] == len(document["Resources"])
    assert all(isinstance(document[name], int) for name in ("totalResults", "itemsPerPage", "startIndex"))
    if row.shown:
        assert set(document["Resources"][0]) == set(row.shown.split())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}: {row.why}")
async def test_a_list_is_what_was_asked_for(world: World, row: Read) -> None:
    status, document = await both(world, Request("GET", row.endpoint, row.query, {}, b""))
    assert status == 200, document
    check(world, row, document)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}: {row.why}")
async def test_a_search_by_post_is_the_same(world: World, row: Read) -> None:
    if "%20" in row.query or "&foo" in row.query:
        return  # how a query is encoded is no matter of a body
    sent: dict[str, Any] = dict(parse_qsl(row.query))
    sent = {name: int(value) if name.lower() in ("count", "startindex") else value for name, value in sent.items()}
    body = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], **sent}).encode()
    status, document = await both(world, Request("POST", f"{row.endpoint}/.search", "", {}, body))
    assert status == 200, document
    check(world, row, document)


@pytest.mark.parametrize(("why", "query", "scim_type"), REFUSED, ids=[why for why, *_ in REFUSED])
async def test_what_cannot_be_asked_is_refused(world: World, why: str, query: str, scim_type: str) -> None:
    status, document = await both(world, Request("GET", "/Users", query, {}, b""))
    assert (status, document["status"], document.get("scimType")) == (400, "400", scim_type)


@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
async def test_a_resource_is_the_same_by_its_id_with_its_version(world: World, endpoint: str) -> None:
    _, listed = await both(world, Request("GET", endpoint, "count=100", {}, b""))
    for one in listed["Resources"]:
        path = f"{endpoint}/{one['id']}"
        rich, poor = [await service.handle(Request("GET", path, "", {}, b"")) for service in (world.rich, world.poor)]
        assert (rich.body, rich.headers.get("etag")) == (poor.body, poor.headers.get("etag"))
        assert json.loads(rich.body)["id"] == one["id"]
