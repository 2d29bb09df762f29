"""The administrator's page says what the adapter does: each number of calls, each message, each thing not held."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.replicon.names import Form
from simulators.replicon import Simulator, running
from tests.adapters.opening import opening
from tests.adapters.page import ROOT, example, opened, system, table, unsaid
from tests.adapters.replicon_wire import PASSWORD, Gateway
from tests.scim.harness import ENTERPRISE

PAGE = system("replicon")
SOURCES = [*sorted((ROOT / "adapters" / "replicon").glob("*.py")), ROOT / "scim_adapter" / "http.py"]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Callable[..., Gateway]]:
    """A gateway with the given settings before an empty company."""
    server.company.reset()
    async with opening(partial(Gateway, server)) as opened:
        yield opened


async def _listed(gateway: Gateway, filter: str) -> None:
    answer = await gateway.send("GET", "/Users", query=f"filter={filter}".replace(" ", "%20"))
    assert answer.body["totalResults"] == 1


async def _made(gateway: Gateway, **more: Any) -> str:
    email = [{"type": "work", "value": "ada@example.com"}]
    made = await gateway.create("ada", emails=email, **{ENTERPRISE: {"employeeNumber": "7"}}, **more)
    assert made.status == 201
    return made.id


async def _changed(gateway: Gateway, id: str, **values: Any) -> None:
    assert (await gateway.replace(id, {name.replace("_", "."): value for name, value in values.items()})).status == 200


async def _enabled(gateway: Gateway, id: str, **values: Any) -> None:
    await _changed(gateway, id, active=False)
    gateway.calls()
    await _changed(gateway, id, active=True, **values)


async def _managed(gateway: Gateway, id: str) -> None:
    boss = (await gateway.create("boss")).id
    gateway.calls()
    assert (await gateway.replace(id, {f"{ENTERPRISE}:manager": boss})).status == 200


async def _deleted(gateway: Gateway, id: str) -> None:
    assert (await gateway.send("DELETE", f"/Users/{id}")).status == 204


Step = Callable[[Gateway, str], Awaitable[None]]
STEPS: dict[str, tuple[Step, dict[str, Any], dict[str, Any]]] = {
    "match by employee number": (lambda g, _: _listed(g, f'{ENTERPRISE}:employeeNumber eq "7"'), {}, {}),
    "match by e-mail address": (lambda g, _: _listed(g, 'emails[type eq "work"].value eq "ada@example.com"'), {}, {}),
    "change without a difference": (lambda g, id: _changed(g, id, active=True), {}, {}),
    "change, of however many attributes": (
        lambda g, id: _changed(g, id, name_familyName="Sato", displayName="Ada Sato", timezone="UTC"), {}, {}),
    "set, change or remove a manager": (_managed, {}, {}),
    "disable": (lambda g, id: _changed(g, id, active=False), {}, {}),
    "disable and change": (lambda g, id: _changed(g, id, active=False, name_familyName="Sato"), {}, {}),
    "enable": (_enabled, {}, {}),
    "enable and change": (lambda g, id: _enabled(g, id, name_familyName="Sato"), {}, {}),
    "disable, with `end_date_on_disable`": (
        lambda g, id: _changed(g, id, active=False), {"end_date_on_disable": True}, {}),
    'DELETE, `on_delete = "disable"`': (_deleted, {}, {}),
    'DELETE, `on_delete = "delete"`': (_deleted, {}, {"on_delete": "delete"}),
}  # fmt: skip


@pytest.mark.parametrize("operation", STEPS)
async def test_an_operation_costs_what_the_page_says(gateway: Callable[..., Gateway], operation: str) -> None:
    step, settings, options = STEPS[operation]
    one = gateway(settings, **options)
    id = await _made(one)
    one.calls()
    await step(one, id)
    assert sum(one.calls().values()) == int(table(PAGE, "What it calls")[operation][0])


async def test_first_contact_costs_what_the_page_says(gateway: Callable[..., Gateway]) -> None:
    one, costs = gateway(), {name: int(row[0]) for name, row in table(PAGE, "What it calls").items()}
    await one.adapter.check()
    assert sum(one.calls().values()) == costs["Test Connection, match, read by id"]
    id = await _made(one, active=True, displayName="Ada", timezone="UTC")
    assert sum(one.calls().values()) == costs["create"]
    await one.create("bob", active=False)
    assert sum(one.calls().values()) == costs["create of a disabled person"]
    for path, query in ((f"/Users/{id}", ""), ("/Users", "filter=userName%20eq%20%22ada%22")):
        await one.send("GET", path, query=query)
        assert sum(one.calls().values()) == costs["Test Connection, match, read by id"]
    await one.send("GET", "/Users")
    assert sum(one.calls().values()) == costs["a page of 100 people"] + 1, "and the empty page"
    defaults = {"default_permission_sets": ["User"], "default_department": "Sales", "authentication_provider": "SSO"}
    other = gateway(defaults)
    await other.create("eve")
    assert sum(other.calls().values()) == costs["create"]


def test_every_operation_of_the_page_is_measured() -> None:
    first = {"Test Connection, match, read by id", "create", "create of a disabled person", "a page of 100 people"}
    assert table(PAGE, "What it calls").keys() == STEPS.keys() | first


def test_every_message_of_the_page_is_one_of_the_adapters() -> None:
    assert unsaid(PAGE, SOURCES) == []


def test_the_example_of_the_page_is_a_configuration(tmp_path: Path) -> None:
    secrets = {"ACME_TIME_TOKEN": "a-token-of-16-letters", "ACME_REPLICON_PASSWORD": "s3cret"}
    connection = opened(example(PAGE), "acme-time", secrets, tmp_path)
    fields = connection.backend.adapter(connection.backend.settings).resources()[0].fields
    assert (fields["title"], fields["externalId"]) == ("custom:Job Title", "custom:EntraObjectId")


def test_every_form_of_a_display_name_is_on_the_page() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \|", PAGE.split("### Display names")[1], re.MULTILINE)
    assert set(Form.__args__) == set(named)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("why", "values", "status", "says"),
    [
        ("a long name", {"name": {"familyName": "a" * 51}}, 400, "50 characters"),
        ("a long login", {"userName": "a" * 256}, 400, "255 characters"),
        ("an address of other letters", {"emails": [{"type": "work", "value": "ä@example.com"}]}, 400, "ASCII"),
        ("an unknown department", {ENTERPRISE: {"department": "Circus"}}, 400, "Circus"),
        ("a login that is taken", {"userName": "scim.gateway"}, 409, "exists already"),
        ("an employee number that is taken", {ENTERPRISE: {"employeeNumber": "1"}}, 409, "taken by another account"),
        ("a title", {"title": "Engineer", "phoneNumbers": [{"value": "1"}]}, 201, ""),
        ("no names", {}, 201, ""),
    ],
)
async def test_what_replicon_cannot_hold_is_told_as_the_page_says(
    gateway: Callable[..., Gateway], server: Simulator, why: str, values: dict[str, Any], status: int, says: str
) -> None:
    server.company.add({"loginName": "gone", "employeeId": "1", "loginEnabled": False})
    answer = await gateway().send("POST", "/Users", {"userName": "ada", **values})
    assert (answer.status, says in str(answer.body)) == (status, True)
    if why == "a title":
        assert answer.headers["x-scimgate-ignored"] == "phoneNumbers, title"
    if why == "no names":
        assert answer.body["name"] == {"givenName": "ada"}
