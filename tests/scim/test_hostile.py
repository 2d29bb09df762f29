"""Whatever is sent, the answer is a SCIM message and never a 500, and what was refused changed nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim.message import Request
from tests.scim.harness import ENTERPRISE, Engine

NAMES = st.sampled_from(
    ["userName", "active", "name", "name.givenName", "emails", "roles", "manager", ENTERPRISE, "id", "meta", "schemas",
     f"{ENTERPRISE}:manager", "externalId", "password", "members", "groups", "x509Certificates", "op", "path", "value",
     "Operations", 'emails[type eq "work"].value', "emails[", "", "a.b.c", "urn:", "$ref", "type", "primary"]
)  # fmt: skip
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from(["True", "add", ""])
)
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "move", 5])},
    optional={"path": NAMES | VALUES, "value": VALUES},
)
PATCHES = st.fixed_dictionaries({"Operations": st.lists(OPERATIONS, max_size=4) | VALUES})
METHODS = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "TRACE", ""])
PATHS = st.sampled_from(
    ["/Users", "/Users/", "/Users/{id}", "/Users/x", "/Schemas", "/Users//", "//", "/Users/%ff%00"]
) | st.text(max_size=9)
QUERIES = st.sampled_from(["", "filter=", "count=x", "startIndex=-5", "count=99999999999999999999", "attributes=a[b", "filter=%ff"]) | st.text(max_size=20)  # fmt: skip


async def _sent(bodies: list[Any], method: str | None, path: str | None, query: str) -> None:
    engine = Engine()
    id = (await engine.create()).id
    for body in bodies:
        raw = json.dumps(body).encode()
        wanted = [("POST", "/Users"), ("PATCH", f"/Users/{id}")] if method is None else [(method, path or "")]
        for one, place in wanted:
            before = json.dumps(engine.shelf.records, default=str)
            answer = await engine.service.handle(Request(one, place.replace("{id}", id), query, {}, raw))
            assert answer.status not in (500, 502, 503), (one, place, body, answer.body)
            assert answer.headers["content-type"] == "application/scim+json"
            if answer.status >= 400:
                assert json.loads(answer.body)["status"] == str(answer.status)
                assert json.dumps(engine.shelf.records, default=str) == before, "refused and changed"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(OBJECTS | PATCHES, min_size=1, max_size=4))
def test_no_body_is_answered_500(bodies: list[Any]) -> None:
    asyncio.run(_sent(bodies, None, None, ""))


@settings(max_examples=150, deadline=None)
@given(METHODS, PATHS, QUERIES)
def test_no_address_is_answered_500(method: str, path: str, query: str) -> None:
    asyncio.run(_sent([{}], method, path, query))
