"""What is asked with a cursor, what is answered, and what is refused (RFC 9865 sections 2, 3 and 4)."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from scim2_models import Context, ListResponse, ServiceProviderConfig, User

from scim import cursors
from scim.message import Request
from tests.backends import AmendingCircle
from tests.scim.harness import Answer, Engine
from tests.scim.listers import ByKey, ByNumber, ByOffset
from tests.scim.test_cursors import names, walk

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


async def asked(engine: Engine, query: str, path: str = "/Users") -> Answer:
    return await engine.send("GET", path, query=query)


async def begun(engine: Engine, query: str = "count=10", path: str = "/Users") -> str:
    """The cursor of the second page."""
    return str((await asked(engine, f"cursor=&{query}", path)).body["nextCursor"])


ACCEPTED = [
    ("cursor", "an empty cursor begins"),
    ("cursor=", "so does one without a value"),
    ("CURSOR=&COUNT=10", "names of parameters ignore case"),
    ("cursor=&startIndex=", "an empty startIndex is none"),
    ("cursor=&count=", "and so is an empty count"),
    ("cursor=&count=5000", "a count above maxPageSize is cut down to it"),
    ("cursor={10}", "the page size may be left to us"),
    ("cursor={10}&count=3", "or change on the way"),
    ("cursor={10}&attributes=userName", "and so may what is shown"),
]


@pytest.mark.parametrize(("query", "why"), ACCEPTED, ids=[row[1] for row in ACCEPTED])
async def test_accepted(query: str, why: str) -> None:
    engine = Engine(ByOffset(range(25)), max_page_size=20)
    first = await begun(engine)
    answer = await asked(engine, query.replace("{10}", first))
    begin = 10 if first in query.replace("{10}", first) else 0
    assert answer.status == 200, answer.body
    found = names(answer.body["Resources"])
    assert found == [f"p{n:05}@x" for n in range(begin, begin + len(found))], why
    assert len(found) == (3 if "count=3" in query else 10 if "COUNT=10" in query else 15 if begin else 20)


REFUSED = [
    ("cursor=&count=0", "invalidCount", "a page has at least one resource"),
    ("cursor=&count=-1", "invalidCount", "a negative count is none"),
    ("cursor=&count=many", "invalidCount", "nor is a word"),
    ("cursor=&count=1.5", "invalidCount", "nor is a part"),
    ("cursor={10}&count=0", "invalidCount", "on later pages too"),
    ("cursor=&startIndex=1", "invalidValue", "one way of paging at a time"),
    ("cursor={10}&startIndex=11", "invalidValue", "one way of paging at a time, later too"),
    ("cursor=x", "invalidCursor", "too short for a cursor"),
    ("cursor=nobody-ever-made-this-one-of-ours", "invalidCursor", "not ours"),
    ("cursor=%C3%A9%C3%A9", "invalidCursor", "letters that no cursor has"),
    ("cursor=%20", "invalidCursor", "a blank is not empty"),
    ("cursor=%00", "invalidCursor", "a control character"),
    ("cursor={10}x", "invalidCursor", "something behind it"),
    ("cursor=x{10}", "invalidCursor", "something before it"),
    ("cursor={10}&filter=active+eq+true", "invalidCursor", "another filter"),
    ("cursor={10}&sortBy=userName", "invalidCursor", "another order"),
    ("cursor={active}", "invalidCursor", "no filter where there was one"),
    ("cursor={active}&filter=active+eq+false", "invalidCursor", "another filter than there was"),
    ("cursor={active}&filter=active+eq+true&sortBy=userName", "invalidCursor", "an order more"),
    ("cursor={sorted}&sortBy=displayName", "invalidCursor", "another attribute to sort by"),
    ("cursor={sorted}&sortBy=userName&sortOrder=descending", "invalidCursor", "the other direction"),
    ("cursor={root}", "invalidCursor", "a cursor of the root, sent to a resource type"),
    ("cursor={groups}", "invalidCursor", "a cursor of another resource type"),
    ("cursor={other}", "invalidCursor", "a cursor of another connection"),
    ("cursor={old}", "expiredCursor", "an hour and a second later"),
]


@pytest.mark.parametrize(("query", "code", "why"), REFUSED, ids=[row[2] for row in REFUSED])
async def test_refused(query: str, code: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, other = Engine(ByOffset(range(25)), groups=AmendingCircle()), Engine(ByOffset(range(25)))
    for n in range(12):
        assert (await engine.group(f"g{n}")).status == 201
    known = {
        "{10}": await begun(engine),
        "{active}": await begun(engine, "count=10&filter=active+eq+true"),
        "{sorted}": await begun(engine, "count=10&sortBy=userName"),
        "{root}": await begun(engine, path=""),
        "{groups}": await begun(engine, path="/Groups"),
        "{other}": await begun(other),
    }
    moment = time.time() - cursors.TIMEOUT - 2
    monkeypatch.setattr("scim.cursors.time.time", lambda: moment)
    known["{old}"] = await begun(engine)
    monkeypatch.undo()
    for name, cursor in known.items():
        query = query.replace(name, cursor)
    answer = await asked(engine, query)
    assert (answer.status, answer.body["scimType"]) == (400, code), why


async def test_a_cursor_is_good_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(ByKey(range(25)))
    monkeypatch.setattr("scim.cursors.time.time", lambda: 1e9)
    cursor = await begun(engine)
    monkeypatch.setattr("scim.cursors.time.time", lambda: 1e9 + cursors.TIMEOUT)
    assert (await asked(engine, f"cursor={cursor}")).status == 200


async def test_every_changed_bit_of_a_cursor_is_seen() -> None:
    engine = Engine(ByKey(range(25)))
    raw = bytearray(base64.urlsafe_b64decode(await begun(engine) + "=="))
    for n in range(len(raw)):
        changed = bytes(byte ^ (1 << n % 8) if at == n else byte for at, byte in enumerate(raw))
        text = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        assert (await asked(engine, f"cursor={text}")).body["scimType"] == "invalidCursor"


async def test_a_cursor_tells_nothing_of_the_backend() -> None:
    """A backend's own cursor may be somebody's name, and URLs stand in logs."""

    class ByLogin(ByKey):
        def cut(self, rows: list[Any], query: Any) -> Any:
            page = super().cut(rows, query)
            return type(page)(page.records, next=page.next and f"login-of-{page.next}-ada@example.com")

        async def find(self, query: Any) -> Any:
            return await super().find(replace(query, cursor=query.cursor and query.cursor.split("-")[2]))

    engine = Engine(ByLogin(range(25)))
    cursor = await begun(engine)
    plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert not any(word in plain for word in (b"ada", b"login", b"k9"))
    assert cursor.replace("-", "a").replace("_", "a").isalnum()
    assert len(await walk(engine, 10)) == 25


async def test_a_search_by_post_takes_cursors_too() -> None:
    engine = Engine(ByNumber(range(25)))

    async def search(**more: Any) -> Answer:
        return await engine.send("POST", "/Users/.search", {"schemas": [SEARCH], **more})

    first = (await search(cursor="", count=10, filter="active eq true")).body
    assert names(first["Resources"]) == [f"p{n:05}@x" for n in range(0, 20, 2)]
    cursor = first["nextCursor"]
    second = (await search(cursor=cursor, count=10, filter="active eq true")).body
    assert names(second["Resources"]) == [f"p{n:05}@x" for n in range(20, 25, 2)]
    assert "nextCursor" not in second
    assert (await search(cursor=cursor, count=10, filter="active eq false")).body["scimType"] == "invalidCursor"
    assert (await search(cursor="", count=0)).body["scimType"] == "invalidCount"
    assert (await search(cursor=7)).body["scimType"] == "invalidValue"
    assert "startIndex" in (await search(cursor=None, count=10)).body, "null is not there"
    by_url = await asked(engine, f"cursor={cursor}&count=10&filter=active+eq+true")
    assert by_url.body == second, "both ways of asking are one query"


async def test_answers_are_what_a_client_library_reads() -> None:
    engine = Engine(ByOffset(range(25)))
    for query in ("cursor=&count=10", "cursor=&count=10&sortBy=userName", "cursor=&count=100", "count=10"):
        body = (await asked(engine, query)).body
        read = ListResponse[User[Any]].model_validate(body, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        assert read.next_cursor == body.get("nextCursor")
        assert "previousCursor" not in body


@pytest.mark.parametrize(("query", "total"), [
    ("cursor=&count=25", 25),
    ("cursor=&count=10", None),
    ("cursor=&count=10&filter=active+eq+true", 13),
    ("cursor=&count=10&sortBy=userName", 25),
])  # fmt: skip
async def test_the_total_is_told_where_it_is_known_whatever_the_backend(query: str, total: int | None) -> None:
    for backend in (ByOffset, ByKey):
        engine = Engine(backend(range(25)))
        assert (await asked(engine, query)).body.get("totalResults") == total
        rest = await begun(engine)
        assert (await asked(engine, f"cursor={rest}&count=15")).body["totalResults"] == 25, "the last page knows it"


async def test_the_configuration_says_how_a_connection_pages() -> None:
    given: list[dict[str, Any]] = [
        {},
        {"page_size": 50, "max_page_size": 200},
        {"page_size": 500, "max_page_size": 200},
    ]
    for options in given:
        engine = Engine(ByOffset(range(3)), **options)
        body = (await asked(engine, "", "/ServiceProviderConfig")).body
        most, usual = options.get("max_page_size", 1000), options.get("page_size", 100)
        assert body["pagination"] == {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(usual, most),
            "maxPageSize": most,
            "cursorTimeout": 3600,
        }
        assert body["filter"]["maxResults"] == most
        assert ServiceProviderConfig.model_validate(body, scim_ctx=Context.RESOURCE_QUERY_RESPONSE).pagination
    raw = await engine.service.handle(Request("GET", "/Users"))
    assert "startIndex" in json.loads(raw.body), "whoever names no way of paging gets the index, as ever"
