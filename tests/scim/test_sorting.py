"""Sorted lists (RFC 7644 3.4.2.3): the same order whether the backend or the gateway makes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from adapters.directory import DirectorySettings, adapter
from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from tests.scim.harness import BASE, CORE, ENTERPRISE, Answer

PEOPLE: list[dict[str, Any]] = [
    {"userName": "delta", "displayName": "Émile", "title": "b", "name": {"familyName": "Zuse"},
     "emails": [{"value": "z@x", "type": "home"}, {"value": "a@x", "type": "work", "primary": True}]},
    {"userName": "Alpha", "displayName": "ada", "title": "B", "name": {"familyName": "Curie"},
     "emails": [{"value": "m@x", "type": "work"}, {"value": "b@x", "type": "home"}]},
    {"userName": "charlie", "displayName": "Ada", "active": False, ENTERPRISE: {"department": "ER"}},
    {"userName": "Bravo", "displayName": "zoë", "title": "a", "externalId": "B", "active": False},
    {"userName": "echo", "externalId": "a", ENTERPRISE: {"department": "dev"}},
]  # fmt: skip
ORDERS = [
    ("userName", "Alpha Bravo charlie delta echo", "text without case"),
    ("USERNAME", "Alpha Bravo charlie delta echo", "names of attributes have no case"),
    ("displayName", "Alpha charlie Bravo delta echo", "equals stay; whoever lacks it is last"),
    ("title", "Bravo delta Alpha charlie echo", "equals without case stay in the backend's order"),
    ("externalId", "Bravo echo delta Alpha charlie", "externalId is caseExact"),
    ("active", "charlie Bravo delta Alpha echo", "false before true"),
    ("name.familyName", "Alpha delta charlie Bravo echo", "a sub-attribute"),
    ("emails", "delta Alpha charlie Bravo echo", "the primary value, else the first"),
    ("emails.value", "delta Alpha charlie Bravo echo", "the same, said in full"),
    ('emails[type eq "home"].value', "Alpha delta charlie Bravo echo", "a chosen value"),
    (f"{ENTERPRISE}:department", "echo charlie delta Alpha Bravo", "an attribute of an extension"),
    (f"{CORE}:userName", "Alpha Bravo charlie delta echo", "a core attribute by its URN"),
]
BACKENDS: dict[str, dict[str, Any]] = {
    "sorts, pages by offset": {},
    "pages by offset": {"native_sort": False},
    "pages by cursor": {"native_sort": False, "native_paging": "cursor"},
    "has no pages": {"native_sort": False, "native_paging": "none"},
}


async def service_of(tmp_path: Path, **native: Any) -> Service:
    directory = adapter(DirectorySettings(path=str(tmp_path / "people.db"), **native))
    service = Service(directory.resources(), IdentityMap(MemoryStore(), "a", "a"), Options(), BASE)
    for person in PEOPLE:
        assert (await ask(service, "POST", person)).status == 201
    return service


async def ask(service: Service, method: str = "GET", body: Any = None, **query: Any) -> Answer:
    raw = json.dumps({"schemas": [CORE], **body}).encode() if body else b""
    text = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    return Answer(await service.handle(Request(method, "/Users", text, {}, raw)))


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["userName"] for one in answer.body["Resources"]]


@pytest.mark.parametrize("backend", BACKENDS)
async def test_lists_are_sorted(backend: str, tmp_path: Path) -> None:
    service = await service_of(tmp_path, **BACKENDS[backend])
    for path, expected, why in ORDERS:
        wanted = expected.split()
        for order in ("ascending", "Descending", ""):
            expected_now = wanted[::-1] if order == "Descending" else wanted
            sent = {"sortBy": path, **({"sortOrder": order} if order else {})}
            whole = await ask(service, **sent)
            assert names(whole) == expected_now, (why, order)
            pages = [await ask(service, **sent, startIndex=start, count=2) for start in (1, 3, 5)]
            assert [name for page in pages for name in names(page)] == expected_now, (why, order, "in pages")
            assert {page.body["totalResults"] for page in pages} == {5}


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_filter_and_an_order_go_together(backend: str, tmp_path: Path) -> None:
    service = await service_of(tmp_path, **BACKENDS[backend])
    found = await ask(service, filter="title pr", sortBy="userName", sortOrder="descending")
    assert names(found) == ["delta", "Bravo", "Alpha"]
    by_id = await ask(service, sortBy="id")
    assert [one["id"] for one in by_id.body["Resources"]] == sorted(one["id"] for one in by_id.body["Resources"])


async def test_whoever_was_deleted_is_in_no_order(tmp_path: Path) -> None:
    service = await service_of(tmp_path)
    [one] = [r for r in (await ask(service)).body["Resources"] if r["userName"] == "Bravo"]
    assert (await service.handle(Request("DELETE", f"/Users/{one['id']}"))).status == 204
    answer = await ask(service, sortBy="userName")
    assert names(answer) == ["Alpha", "charlie", "delta", "echo"]
    assert answer.body["totalResults"] == 4


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"sortBy": "nothing"}, "sortBy names nothing, which no schema of User has."),
        ({"sortBy": "name"}, "sortBy must name one of the sub-attributes of name."),
        ({"sortBy": "password"}, "This connection cannot sort by password: it does not hold or show it."),
        ({"sortBy": "user Name"}, "sortBy cannot be read"),
        ({"sortBy": "userName", "sortOrder": "up"}, "sortOrder must be ascending or descending."),
    ],
)
async def test_what_makes_no_order_is_refused(sent: dict[str, str], says: str, tmp_path: Path) -> None:
    answer = await ask(await service_of(tmp_path), **sent)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert answer.body["detail"].startswith(says)


async def test_an_order_without_an_attribute_means_nothing(tmp_path: Path) -> None:
    service = await service_of(tmp_path)
    assert names(await ask(service, sortOrder="descending")) == [person["userName"] for person in PEOPLE]
