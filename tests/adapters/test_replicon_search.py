"""Searching Replicon by what it can search by: what is found, what is asked, and what it costs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import stamina

from scim_adapter import Condition, Native, Query, Resource
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import BULK, LIST, PASSWORD, Wire, ask, connect, counted, d, item

COLUMN = "urn:replicon:user-list-column:user"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.company.reset()
    for login, email, number in (
        ("ada", "ada@example.com", "E-1"),
        ("ada.two", "ada@example.com", "E-2"),
        ("bob", "Bob@Example.com", "E-3"),
        ("long", "bada@example.com.au", None),
        ("none", None, None),
    ):
        values = {"loginName": login, "firstName": "A", "lastName": "B", "emailAddress": email, "employeeId": number}
        server.company.add(values)
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


@pytest_asyncio.fixture
async def users(simulator: Simulator) -> AsyncIterator[Resource]:
    adapter = connect(simulator)
    yield adapter.resources()[0]
    await adapter.aclose()


async def search(users: Resource, *where: tuple[str, str]) -> list[Native]:
    """As the engine asks: the value as given and in lower case."""
    conditions = tuple(Condition(field, "eq", tuple(dict.fromkeys((text, text.lower())))) for field, text in where)
    page = await users.find(Query(conditions, ask=ask()))
    assert (page.next, page.total) == (None, None)
    return list(page.records)


@pytest.mark.parametrize(
    ("why", "where", "found", "calls"),
    [
        ("one login", [("loginName", "ada")], ["ada"], {BULK: 1}),
        ("one employee id", [("employeeId", "E-2")], ["ada.two"], {BULK: 1}),
        ("an address of two people", [("emailAddress", "ada@example.com")], ["ada", "ada.two"], {LIST: 1, BULK: 1}),
        ("in another case", [("emailAddress", "ADA@example.com")], ["ada", "ada.two"], {LIST: 2, BULK: 1}),
        ("held in another case", [("emailAddress", "bob@example.com")], ["bob"], {LIST: 1, BULK: 1}),
        ("a part of an address is not it", [("emailAddress", "example.com")], [], {LIST: 1}),
        ("nobody's", [("emailAddress", "eve@example.com")], [], {LIST: 1}),
        ("a login too", [("emailAddress", "ada@example.com"), ("loginName", "ada")], ["ada"], {BULK: 1}),
        ("another field too", [("firstName", "A"), ("emailAddress", "bob@example.com")], ["bob"], {LIST: 1, BULK: 1}),
    ],
)  # fmt: skip
async def test_a_search_finds_who_matches_and_costs_what_is_documented(
    simulator: Simulator,
    users: Resource,
    why: str,
    where: list[tuple[str, str]],
    found: list[str],
    calls: dict[str, int],
) -> None:
    assert sorted(one["loginName"] for one in await search(users, *where)) == found
    assert counted(simulator) == calls


def test_what_can_be_searched_is_declared(users: Resource) -> None:
    exact = frozenset({"eq-exact"})
    assert users.can.filter == dict.fromkeys(("uri", "loginName", "employeeId", "emailAddress"), exact)


async def test_an_address_of_more_people_than_a_page_has_finds_all_of_them(
    simulator: Simulator, users: Resource
) -> None:
    for n in range(250):
        simulator.company.add({"loginName": f"shared{n}", "emailAddress": "shared@example.com"})
    found = await search(users, ("emailAddress", "shared@example.com"))
    assert {one["loginName"] for one in found} == {f"shared{n}" for n in range(250)}
    assert counted(simulator) == {LIST: 3, BULK: 3}


def rows(*uris: str) -> httpx.Response:
    return d({"header": [{"uri": COLUMN}], "rows": [{"cells": [{"uri": uri}]} for uri in uris]})


async def test_the_expression_is_the_vendors() -> None:
    wire = Wire(GetData=rows("urn:u:1"), BulkGetUsers3=d([item()]))
    assert len(await search(wire.users(), ("emailAddress", "ada@example.com"))) == 1
    [request] = wire.bodies(LIST)
    nothing: dict[str, Any] = {"leftExpression": None, "operatorUri": None, "rightExpression": None}
    assert request["filterExpression"] == {
        "leftExpression": {"filterDefinitionUri": "urn:replicon:user-list-filter:email-address", "value": None}
        | nothing,
        "operatorUri": "urn:replicon:filter-operator:equal",
        "rightExpression": {"value": {"text": "ada@example.com"}, "filterDefinitionUri": None} | nothing,
        "value": None,
        "filterDefinitionUri": None,
    }
    assert (request["page"], request["columnUris"]) == ("1", [COLUMN])


async def test_a_list_that_always_tells_the_same_page_ends() -> None:
    many = [f"urn:u:{n}" for n in range(100)]

    def bulk(request: httpx.Request) -> httpx.Response:
        return d([item(target["uri"]) for target in json.loads(request.content)["users"]])

    wire = Wire(GetData=rows(*many), BulkGetUsers3=bulk)
    assert len(await search(wire.users(), ("emailAddress", "ada@example.com"))) == 100
    assert wire.operations.count(LIST) == 2


async def test_a_list_that_searches_too_widely_adds_nobody() -> None:
    wire = Wire(GetData=rows("urn:u:1", "urn:u:2"), BulkGetUsers3=d([item(), item("urn:u:2", emailAddress="x@y")]))
    assert [one["uri"] for one in await search(wire.users(), ("emailAddress", "ada@example.com"))] == ["urn:u:1"]
