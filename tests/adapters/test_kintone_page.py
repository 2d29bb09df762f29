"""The administrator's page says what the adapter does: each number of calls, each message, each thing not held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from simulators.kintone import Simulator, running
from tests.adapters.kintone_wire import Gateway
from tests.adapters.opening import opening
from tests.adapters.page import ROOT, example, opened, system, table, unsaid
from tests.scim.harness import GROUP

PAGE = system("kintone")
SOURCES = [*sorted((ROOT / "adapters" / "kintone").glob("*.py")), ROOT / "scim_adapter" / "http.py"]
EXACT = {"find_case_variants": False}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Callable[..., Gateway]]:
    """A gateway with the given settings before an empty site."""
    server.site.reset()
    async with opening(partial(Gateway, server)) as opened:
        yield opened


async def _read(gateway: Gateway, id: str) -> None:
    await gateway.adapter.check()
    assert sum(gateway.calls().values()) == 1
    found = await gateway.send("GET", "/Users", query="filter=userName%20eq%20%22ada@example.com%22")
    assert found.body["totalResults"] == 1
    assert sum(gateway.calls().values()) == 1
    assert (await gateway.send("GET", f"/Users/{id}")).status == 200


async def _listed(gateway: Gateway, id: str) -> None:
    assert (await gateway.send("GET", "/Users")).body["totalResults"] == 3
    calls = gateway.calls()
    assert calls.pop("GET users") == 2, "and the empty end"
    gateway.note(1)


async def _created(gateway: Gateway, id: str) -> None:
    assert (await gateway.create("bob@example.com")).status == 201


async def _changed(gateway: Gateway, id: str, **values: Any) -> None:
    assert (await gateway.replace(id, {name.replace("_", "."): value for name, value in values.items()})).status == 200


async def _switched(gateway: Gateway, id: str) -> None:
    await _changed(gateway, id, active=False, displayName="Ada Off")
    assert sum(gateway.calls().values()) == 4
    await _changed(gateway, id, active=True)


async def _deleted(gateway: Gateway, id: str) -> None:
    assert (await gateway.send("DELETE", f"/Users/{id}")).status == 204


async def _team(gateway: Gateway, *members: str) -> str:
    made = await gateway.group("Sales", *members)
    assert made.status == 201
    return made.id


async def _group_read(gateway: Gateway, id: str) -> None:
    team = await _team(gateway, id)
    gateway.calls()
    assert len((await gateway.send("GET", f"/Groups/{team}")).body["members"]) == 1


async def _group_made(gateway: Gateway, id: str) -> None:
    await _team(gateway)


async def _group_renamed(gateway: Gateway, id: str) -> None:
    team = await _team(gateway, id)
    gateway.calls()
    assert (await gateway.replace(team, {"displayName": "Sale"}, "/Groups")).body["displayName"] == "Sale"


async def _joined(gateway: Gateway, id: str) -> None:
    team = await _team(gateway)
    gateway.settle()
    gateway.calls()
    for op, count in (("add", 4), ("remove", 4)):
        answer = await gateway.amend(team, op, id)
        assert answer.status == 204
        assert sum(gateway.calls().values()) == count
        gateway.settle()
    gateway.note(4)


Step = Callable[[Gateway, str], Awaitable[None]]
STEPS: dict[str, tuple[Step, dict[str, Any], dict[str, Any]]] = {
    "Test Connection, match, read by id": (_read, {}, {}),
    "a page of 100 people": (_listed, {}, {}),
    "create": (_created, {}, {}),
    "create, `find_case_variants = false`": (_created, EXACT, {}),
    "create, `services = []`": (_created, {"services": []}, {}),
    "change without a difference": (lambda g, id: _changed(g, id, active=True), {}, {}),
    "change, of however many attributes": (
        lambda g, id: _changed(g, id, name_familyName="Sato", displayName="Ada Sato"), {}, {}),
    "disable, enable, with other changes or without": (_switched, {}, {}),
    "change of the login": (lambda g, id: _changed(g, id, userName="ada.sato@example.com"), {}, {}),
    "change of the login, `find_case_variants = false`": (
        lambda g, id: _changed(g, id, userName="ada.sato@example.com"), EXACT, {}),
    "change of the login and others, `find_case_variants = false`": (
        lambda g, id: _changed(g, id, userName="ada.sato@example.com", displayName="Ada Sato"), EXACT, {}),
    'DELETE, `on_delete = "disable"`': (_deleted, {}, {}),
    'DELETE, `on_delete = "delete"`': (_deleted, {}, {"on_delete": "delete"}),
    "read of a group with up to 100 members": (_group_read, {}, {}),
    "create of an empty group": (_group_made, {}, {}),
    "another name for a group with up to 100 members": (_group_renamed, {}, {}),
    "a member added to or removed from a group": (_joined, {}, {}),
}  # fmt: skip


@pytest.mark.parametrize("operation", STEPS)
async def test_an_operation_costs_what_the_page_says(gateway: Callable[..., Gateway], operation: str) -> None:
    step, settings, options = STEPS[operation]
    one = gateway(settings, **options)
    made = await one.create(displayName="Ada", name={"familyName": "Love"})
    assert made.status == 201
    one.settle()
    one.calls()
    await step(one, made.id)
    assert sum(one.calls().values()) == int(table(PAGE, "What it calls")[operation][0])


def test_every_operation_of_the_page_is_measured() -> None:
    assert table(PAGE, "What it calls").keys() == STEPS.keys()


def test_every_message_of_the_page_is_one_of_the_adapters() -> None:
    assert unsaid(PAGE, SOURCES) == []


def test_the_example_of_the_page_is_a_configuration(tmp_path: Path) -> None:
    secrets = {"ACME_KINTONE_TOKEN": "a-token-of-16-letters", "ACME_KINTONE_PASSWORD": "s3cret"}
    connection = opened(example(PAGE), "acme-kintone", secrets, tmp_path)
    fields = connection.backend.adapter(connection.backend.settings).resources()[0].fields
    assert (fields["title"], fields["externalId"]) == ("custom:jobTitle", "custom:entraObjectId")


def test_the_seven_attributes_of_the_vendors_tutorial_are_there(gateway: Callable[..., Gateway]) -> None:
    seven = ["userName", "active", "displayName", 'emails[type eq "work"].value', "name.givenName", "name.familyName"]
    told = [row.strip("`") for row in table(PAGE, "Attributes")]
    assert told[:6] == seven
    assert all(f"`{name}`" in PAGE.split("## 1.")[0] for name in [*seven, "externalId"])


@pytest.mark.parametrize(
    ("why", "values", "status", "says"),
    [
        ("a long name", {"name": {"familyName": "a" * 65}}, 400, "name.familyName"),
        ("a long login", {"userName": "a" * 129}, 400, "userName"),
        ("a long address", {"emails": [{"type": "work", "value": "a" * 257}]}, 400, "emails"),
        ("a login that is taken", {"userName": "taken"}, 409, "exists already"),
        ("a login that is taken in other letters", {"userName": "TAKEN"}, 409, "exists already"),
        ("a nickname", {"nickName": "Engineer", "preferredLanguage": "de"}, 201, ""),
        ("no names", {}, 201, ""),
    ],
)
async def test_what_kintone_cannot_hold_is_told_as_the_page_says(
    gateway: Callable[..., Gateway], server: Simulator, why: str, values: dict[str, Any], status: int, says: str
) -> None:
    server.site.add({"code": "taken", "name": "Taken", "valid": False})
    answer = await gateway().send("POST", "/Users", {"userName": "ada", **values})
    assert (answer.status, says in str(answer.body)) == (status, True)
    if why == "a nickname":
        assert answer.headers["x-scimgate-ignored"] == "nickName, preferredLanguage"
    if why == "no names":
        assert answer.body["displayName"] == "ada"


async def test_groups_hold_no_groups(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    team = await _team(one)
    body = {"schemas": [GROUP], "displayName": "Outer", "members": [{"value": team, "type": "Group"}]}
    assert (await one.send("POST", "/Groups", body)).status == 400
