"""What a server says of itself is compared with the profile for the operator, and decides nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.scim import ScimAdapter
from scim_adapter import Denied, Unavailable
from simulators.http import Fault
from simulators.scim import Simulator, running
from tests.adapters.opening import opening
from tests.adapters.scim_profiles import WORK, connect, profile, write

Connect = Callable[..., ScimAdapter]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def connected(server: Simulator, tmp_path: Path) -> AsyncIterator[Connect]:
    server.store.reset()

    def made(switches: dict[str, Any], document: dict[str, Any], **settings: Any) -> ScimAdapter:
        server.store.switches.set(switches)
        return connect(server, write(tmp_path, document), **settings)

    async with opening(made, attempts=2) as opened:
        yield opened


ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("nothing differs", {}, profile(), []),
    ("nothing differs with PUT alone", {"patch": "none"}, profile(update="put"), []),
    ("no PATCH", {"patch": "none"}, profile(), ["takes no PATCH"]),
    ("PATCH is there", {}, profile(update="put"), ["takes PATCH"]),
    ("no ETags", {}, profile(etags=True), ["no ETags"]),
    ("small pages", {"page_max": 20}, profile(), ["20 resources at most"]),
    ("no such attribute", {"ignored": ["title"]}, profile(), ["title: the backend has no title"]),
    ("never changes", {"immutable": ["displayName"]}, profile(groups=False),
     ["displayName: the backend says that it never changes", "it has groups"]),
    ("demanded", {"required": ["title"]}, profile(), ["title: the backend demands a value"]),
    ("no groups", {"groups": False}, profile(), ["no schema of a Group"]),
    ("groups", {}, profile(groups=False), ["it has groups"]),
    ("elsewhere", {}, profile({"title": {"native": "urn:acme:2.0:User:job"}}), ["title: the backend has no urn:acme"]),
    ("no part", {}, profile({WORK: {"native": "emails.address"}}), ["the backend has no emails.address"]),
    ("no discovery", {"discovery": "missing"}, profile(etags=True), []),
]  # fmt: skip


@pytest.mark.parametrize(("why", "switches", "document", "says"), ROWS, ids=[row[0] for row in ROWS])
async def test_differences_are_told(
    connected: Connect, why: str, switches: dict[str, Any], document: dict[str, Any], says: list[str]
) -> None:
    told = await connected(switches, document).differences()
    assert len(told) == len(says) and all(any(one in sentence for sentence in told) for one in says), told


async def test_check_logs_them_and_is_content(
    connected: Connect, server: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await connected({"discovery": "wrong"}, profile()).check()
    assert "takes no PATCH" in caplog.text and "takes no filters" in caplog.text
    assert server.store.counts() == {"GET /Users": 1, "GET /ServiceProviderConfig": 1, "GET /Schemas": 1}


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "7", '{"patch": 5, "filter": [], "etag": {"supported": "yes"}}', '{"Resources": {"a": 1}}',
             '{"Resources": [7, {"id": 1, "attributes": 5}]}'],
)  # fmt: skip
async def test_a_discovery_that_is_rubbish_is_no_difference_and_no_failure(
    connected: Connect, server: Simulator, body: str
) -> None:
    one = connected({}, profile())
    for _ in range(2):
        server.store.faults.append(Fault.of({"operation": "GET", "status": 200, "body": body}))
    told = await one.differences()
    assert all("no schema of a" in sentence for sentence in told)


async def test_check_fails_by_its_search_alone(connected: Connect, server: Simulator) -> None:
    with pytest.raises(Denied):
        await connected({}, profile(), bearer_token="wrong").check()
    with pytest.raises(Unavailable, match="check base_url"):
        await connected({}, profile(), base_url=f"{server.url}/elsewhere").check()
    with pytest.raises(Unavailable, match="a filter that it does not have"):
        await connected({"filters": ["externalId"]}, profile()).check()
    await connected({"filters": []}, profile({"userName": {"filter": "no"}, "externalId": {"filter": "no"},
                                             WORK: {"filter": "no"}})).check()  # fmt: skip
