"""Searches by POST and over all resource types (RFC 7644 3.4.2.1, 3.4.3), OPTIONS, and paths that are not there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.backends import Circle
from tests.scim.harness import Answer, Engine

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


async def house() -> Engine:
    """Five people and two groups; whoever is named earlier was made earlier."""
    engine = Engine(groups=Circle())
    ids = [(await engine.create(f"{name}@x", displayName=name)).id for name in ("dora", "Carl", "bea", "ada", "emil")]
    await engine.group("choir", *ids[:2])
    await engine.group("Band", ids[2])
    return engine


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    assert answer.body["itemsPerPage"] == len(answer.body["Resources"])
    return [one["displayName"] for one in answer.body["Resources"]]


PARAMETERS: list[tuple[str, dict[str, Any]]] = [
    ("nothing", {}),
    ("a filter", {"filter": 'displayName sw "c"'}),
    ("a window", {"startIndex": 2, "count": 2}),
    ("an order", {"sortBy": "displayName", "sortOrder": "descending"}),
    ("attributes", {"attributes": ["displayName", "userName"]}),
    ("attributes left out", {"excludedAttributes": ["active", "meta"]}),
    ("all together", {"filter": "displayName pr", "sortBy": "displayName", "startIndex": 2, "count": 2,
                      "attributes": ["displayName"]}),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/Users", "/Groups", ""])
@pytest.mark.parametrize(("why", "sent"), PARAMETERS)
async def test_a_search_is_the_list_with_its_parameters_in_the_body(path: str, why: str, sent: dict[str, Any]) -> None:
    engine = await house()
    flat = {name: ",".join(value) if isinstance(value, list) else value for name, value in sent.items()}
    listed = await engine.send("GET", path, query=urlencode(flat))
    searched = await engine.send("POST", f"{path}/.search", {"schemas": [SEARCH], **sent})
    assert (searched.status, searched.body) == (200, listed.body), why
    assert names(listed), why


@pytest.mark.parametrize(
    ("why", "body", "status", "scim_type"),
    [
        ("no body", None, 400, "invalidSyntax"),
        ("not an object", [], 400, "invalidSyntax"),
        ("a filter that is no text", {"filter": 5}, 400, "invalidValue"),
        ("a filter that is none", {"filter": "a b c"}, 400, "invalidFilter"),
        ("attributes that are no names", {"attributes": [1]}, 400, "invalidValue"),
        ("a number that is none", {"count": "many"}, 400, "invalidValue"),
        ("a number that is a truth", {"startIndex": True}, 400, "invalidValue"),
        ("an order by nothing", {"sortBy": "nothing"}, 400, "invalidValue"),
    ],
)
@pytest.mark.parametrize("path", ["/Users", ""])
async def test_what_is_no_search_is_refused(path: str, why: str, body: Any, status: int, scim_type: str) -> None:
    answer = await (await house()).send("POST", f"{path}/.search", body)
    assert (answer.status, answer.body["scimType"]) == (status, scim_type), why


async def test_a_search_writes_nothing_and_numbers_may_be_text() -> None:
    engine = await house()
    engine.shelf.calls.clear()
    answer = await engine.send("POST", "/Users/.search", {"COUNT": "1", "filter": None})
    assert (answer.body["totalResults"], answer.body["itemsPerPage"]) == (5, 1)
    assert engine.shelf.writes == 0


ROOT = [
    ("everything: users, then groups", {}, "dora Carl bea ada emil choir Band", 7),
    ("a window across the types", {"startIndex": 5, "count": 2}, "emil choir", 7),
    ("a window of the second type", {"startIndex": 7, "count": 9}, "Band", 7),
    ("nothing but the number", {"count": 0}, "", 7),
    ("beyond the end", {"startIndex": 8}, "", 7),
    ("in one order", {"sortBy": "displayName"}, "ada Band bea Carl choir dora emil", 7),
    ("in one order, a window", {"sortBy": "displayName", "startIndex": 2, "count": 3}, "Band bea Carl", 7),
    ("in the reverse of it", {"sortBy": "displayName", "sortOrder": "descending", "count": 2}, "emil dora", 7),
    ("one type by its name", {"filter": 'meta.resourceType eq "Group"'}, "choir Band", 2),
    ("a filter on both", {"filter": 'displayName sw "c"'}, "Carl choir", 2),
    ("a filter on what one type has", {"filter": 'userName sw "c"'}, "Carl", 1),
    ("the other one", {"filter": "members pr"}, "choir Band", 2),
    ("an order by what one type has: the others last", {"sortBy": "userName", "filter": "displayName pr"},
     "ada bea Carl dora emil choir Band", 7),
    ("the reverse: the others first", {"sortBy": "userName", "sortOrder": "descending", "count": 3},
     "choir Band emil", 7),
]  # fmt: skip


@pytest.mark.parametrize(("why", "sent", "expected", "total"), ROOT)
async def test_a_search_over_all_types(why: str, sent: dict[str, Any], expected: str, total: int) -> None:
    answer = await (await house()).send("GET", "/", query=urlencode(sent))
    assert names(answer) == expected.split(), why
    assert answer.body["totalResults"] == total, why


async def test_a_type_that_is_not_asked_for_is_not_read() -> None:
    engine = await house()
    engine.shelf.calls.clear()
    await engine.send("GET", "/", query=urlencode({"filter": 'meta.resourceType eq "Group" and displayName pr'}))
    assert engine.shelf.calls == {}


async def test_what_no_type_knows_is_refused() -> None:
    answer = await (await house()).send("GET", "/", query=urlencode({"filter": 'shoe eq "44"'}))
    assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/Users", "GET, HEAD, OPTIONS, POST"),
        ("/Users/x", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/users/.search", "OPTIONS, POST"),
        ("/Schemas", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_tell_the_methods_and_others_are_refused_with_them(path: str, allowed: str) -> None:
    engine = Engine()
    told = await engine.send("OPTIONS", path)
    assert (told.status, told.headers["allow"]) == (204, allowed)
    refused = await engine.send("TRACE", path)
    assert (refused.status, refused.headers["allow"], refused.body["status"]) == (405, allowed, "405")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/Groups", "This connection has no Groups"),
        ("/groups/17", "This connection has no Groups"),
        ("/Printers", "There is no such SCIM endpoint"),
    ],
)
async def test_what_is_not_there_is_said(path: str, says: str) -> None:
    answer = await Engine().send("GET", path)
    assert answer.status == 404
    assert answer.body["detail"].startswith(says)
