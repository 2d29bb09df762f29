"""A life as Entra leads it, over every way in which the simulator goes wrong: what differs is in the profile alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from simulators.scim import Simulator, running
from simulators.scim.switches import Switches
from tests.adapters.opening import opening
from tests.adapters.scim_profiles import MOBILE, WAYS, WORK
from tests.adapters.scim_wire import Gateway

LOGIN = "ada@example.com"
ELSEWHERE = {
    "discovery": "tests/adapters/test_scim_discovery.py",
    "token_life": "tests/adapters/test_scim_signing.py",
    "rate_limit": "tests/adapters/test_scim_signing.py, by faults",
    "rate_limit_retry_after": "tests/adapters/test_scim_signing.py, by faults",
    "timeout_after_write": "tests/adapters/test_scim.py, by faults",
    "timeout_after_write_seconds": "tests/end_to_end/lifecycle",
    "on_disable": "tests/adapters/test_scim.py",
    "licences": "tests/adapters/test_ringcentral.py, by its own simulator",
    "latency_ms": "no fault",
}
"""Switches that bear on no value, and where they are tried."""


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator, tmp_path: Path) -> AsyncIterator[Callable[[str], Gateway]]:
    server.store.reset()

    def made(way: str) -> Gateway:
        switches, document = WAYS[way]
        server.store.switches.set(switches)
        return Gateway(server, tmp_path, document)

    async with opening(made, attempts=2) as opened:
        yield opened


def rows(way: str) -> dict[str, Any]:
    attributes: dict[str, Any] = WAYS[way][1]["users"]["attributes"]
    return attributes


@pytest.mark.parametrize("way", WAYS)
async def test_a_person(gateway: Callable[[str], Gateway], way: str) -> None:
    one, mapped = gateway(way), rows(way)
    mail = [{"type": "work", "value": LOGIN}]
    made = await one.create(LOGIN, externalId="o-1", emails=mail, displayName="Ada")
    assert (made.status, made.body["active"], made.body["emails"][0]["value"]) == (201, True, LOGIN), made.body
    found = await one.send("GET", "/Users", query=f'filter=userName eq "{LOGIN.upper()}"')
    assert [user["id"] for user in found.body["Resources"]] == [made.id]

    wanted = {"displayName": "Ada L", MOBILE: "+44 1", "name.givenName": "Ada"}
    wanted |= {} if mapped[WORK].get("same_as") else {WORK: "ada.l@example.com"}
    changed = await one.replace(made.id, wanted)
    assert changed.status == 200, changed.body
    read = (await one.send("GET", f"/Users/{made.id}")).body
    assert (read["displayName"], read["name"]["givenName"]) == ("Ada L", "Ada")
    assert "+44 1" in [phone["value"] for phone in read["phoneNumbers"]]
    one.calls()
    assert (await one.replace(made.id, wanted)).status == 200
    assert not [call for call in one.calls() if not call.startswith("GET")], "the same again is not written"

    fixed = mapped["userName"].get("mutable") == "create"
    login = LOGIN if fixed else "eve@example.com"
    assert (await one.replace(made.id, {"userName": "eve@example.com"})).status == (400 if fixed else 200)
    for text, state in (("False", False), ("True", True)):
        assert (await one.replace(made.id, {"active": text})).body["active"] is state
        assert one.users[login]["active"] is state
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    assert (await one.send("GET", f"/Users/{made.id}")).status == 404
    assert one.users[login]["active"] is False
    again = await one.create(login, externalId="o-1", emails=mail)
    assert (again.status, len(one.users), one.users[login]["active"]) == (201, 1, True), again.body


@pytest.mark.parametrize("way", [way for way, (_, document) in WAYS.items() if "groups" in document])
async def test_a_group(gateway: Callable[[str], Gateway], way: str) -> None:
    one = gateway(way)
    ada, bob = [(await one.create(f"{name}@example.com", externalId=name)).id for name in ("ada", "bob")]
    made = await one.group("Staff", ada)
    assert made.status == 201, made.body
    group = f"/Groups/{made.id}"

    async def members() -> set[str]:
        return {member["value"] for member in (await one.send("GET", group)).body.get("members", [])}

    for _ in range(2):
        add = {"op": "Add", "path": "members", "value": [{"value": bob}]}
        assert (await one.patch(group, add)).status in (200, 204)
        assert await members() == {ada, bob}
    for _ in range(2):
        remove = {"op": "Remove", "path": "members", "value": [{"value": ada}]}
        assert (await one.patch(group, remove)).status in (200, 204)
        assert await members() == {bob}
    assert (await one.patch(group, {"op": "Replace", "path": "displayName", "value": "Crew"})).status == 200
    found = await one.send("GET", "/Groups", query='excludedAttributes=members&filter=displayName eq "crew"')
    assert [each["id"] for each in found.body["Resources"]] == [made.id]
    assert (await one.send("DELETE", group)).status == 204
    assert (await one.send("GET", group)).status == 404


def test_every_switch_is_tried_in_some_way() -> None:
    tried = {name for switches, _ in WAYS.values() for name in switches}
    assert {one.name for one in fields(Switches)} == tried | ELSEWHERE.keys()
    assert not tried & ELSEWHERE.keys()
