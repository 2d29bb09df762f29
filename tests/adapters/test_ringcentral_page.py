"""The page of RingCentral says what the adapter does: calls, messages, configurations, rates, what is not held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from scim_adapter.scim_backend import load as load_profile
from simulators.ringcentral import Simulator, running
from tests.adapters.page import ROOT, SCIM_BACKEND, example, opened, system, table, unsaid
from tests.adapters.scim_profiles import MOBILE
from tests.adapters.test_ringcentral import UNLIMITED, connect, person
from tests.adapters.vendor_wire import VendorGateway, gateways
from tests.scim.harness import Answer

HERE = ROOT / "adapters" / "ringcentral"
PAGE = system("ringcentral")
SHARED = [*SCIM_BACKEND, ROOT / "scim" / "differences.py"]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Callable[..., VendorGateway]]:
    async with gateways(server, connect) as opened:
        server.state.switches.set(UNLIMITED)
        yield opened


# -- calls ------------------------------------------------------------------------------------------------------------

Step = Callable[[VendorGateway, str], Awaitable[Answer | None]]


async def _looked(g: VendorGateway, id: str) -> Answer:
    found = await g.send("GET", "/Users", query='filter=userName eq "nobody@example.com"')
    assert found.body["totalResults"] == 0
    assert sum(g.calls().values()) == 1
    return await g.send("GET", f"/Users/{id}")


async def _matched(g: VendorGateway, id: str) -> Answer:
    found = await g.send("GET", "/Users", query='filter=userName eq "ada@example.com"')
    assert found.body["totalResults"] == 1
    return found


async def _listed(g: VendorGateway, id: str) -> None:
    assert len((await g.send("GET", "/Users")).body["Resources"]) == 1
    assert g.calls() == {"GET /Users": 1, "GET /Users/{id}": 1}, "1 + n, and n is 1"


async def _enabled(g: VendorGateway, id: str) -> Answer:
    await g.replace(id, {"active": "False"})
    g.calls()
    return await g.replace(id, {"active": "True"})


LEAN = "excludedAttributes=addresses,phoneNumbers"
STEPS: dict[str, tuple[Step, dict[str, Any]]] = {
    "Test Connection, match of nobody, read by id": (_looked, {}),
    "match of somebody": (_matched, {}),
    "a page of 100 people without addresses and phone numbers": (lambda g, id: g.send("GET", "/Users", query=LEAN), {}),
    "a page of n people with them": (_listed, {}),
    "`gateway check`": (lambda g, id: g.adapter.check(), {}),
    "create, enabled or not": (lambda g, id: g.send("POST", "/Users", person("bob@example.com", active=False)), {}),
    "change without a difference": (lambda g, id: g.replace(id, {"active": "True"}), {}),
    "change of names, title, department, `externalId`, or several of them": (
        lambda g, id: g.replace(id, {"title": "Dr", "name.givenName": "A", "externalId": "e"}), {}),
    "change of phone, address or login, with others or without": (
        lambda g, id: g.replace(id, {MOBILE: "+1", "userName": "eve@example.com", "title": "Dr"}), {}),
    "disable": (lambda g, id: g.replace(id, {"active": "False"}), {}),
    "enable": (_enabled, {}),
    'DELETE, `on_delete = "disable"`': (lambda g, id: g.send("DELETE", f"/Users/{id}"), {}),
    'DELETE, `on_delete = "delete"`': (lambda g, id: g.send("DELETE", f"/Users/{id}"), {"on_delete": "delete"}),
}  # fmt: skip


@pytest.mark.parametrize("operation", STEPS)
async def test_an_operation_costs_what_the_page_says(gateway: Callable[..., VendorGateway], operation: str) -> None:
    step, options = STEPS[operation]
    one, told = gateway(**options), table(PAGE, "What it calls")[operation]
    id = (await one.send("POST", "/Users", person("ada@example.com"))).id
    one.calls()
    answer = await step(one, id)
    assert answer is None or answer.status < 300, answer.body
    counts = one.calls()
    if told[0] != "1 + n":
        assert sum(counts.values()) == int(told[0])
        assert [verb for verb in ("PATCH", "PUT", "POST", "DELETE") if verb in told[1]] == [
            name.split()[0] for name in counts if not name.startswith("GET")
        ]


def test_every_operation_of_the_page_is_measured() -> None:
    assert table(PAGE, "What it calls").keys() == STEPS.keys()


async def test_a_login_with_capitals_costs_one_more(gateway: Callable[..., VendorGateway]) -> None:
    one = gateway()
    await one.send("GET", "/Users", query='filter=userName eq "Ada@example.com"')
    assert one.calls() == {"GET /Users": 2}


def test_the_rates_of_the_page_are_those_of_the_profile() -> None:
    told = {name.lower(): int(row[0]) for name, row in table(PAGE, "Rates").items()}
    profile = load_profile(HERE / "profile.toml")
    assert {rate.name: rate.limit for rate in profile.rates} == {"light": told["light"], "heavy": told["heavy"]}
    assert {rate.seconds for rate in profile.rates} == {60}


# -- words ------------------------------------------------------------------------------------------------------------


def test_every_message_of_the_page_is_one_of_the_adapters() -> None:
    assert unsaid(PAGE, SHARED, (HERE / "profile.toml").read_text()) == []


def test_both_configurations_of_the_page_open_a_connection(tmp_path: Path) -> None:
    blocks = [f"[connections.acme-phones]{block}" for block in example(PAGE).split("[connections.acme-phones]")[1:]]
    assert len(blocks) == 2
    names = ("TOKEN", "SCIM_TOKEN", "CLIENT_SECRET", "JWT")
    secrets = {f"ACME_{kind}_{name}": "a-token-of-16-letters" for kind in ("PHONES", "RINGCENTRAL") for name in names}
    for block in blocks:
        connection = opened(block, "acme-phones", secrets, tmp_path)
        [users] = connection.backend.adapter(connection.backend.settings).resources()
        assert len(users.fields) == 14
        settings: Any = connection.backend.settings
        assert (settings.jwt is None) == ("scim_token" in block)


HELD: list[tuple[str, dict[str, Any], int, str]] = [
    ("a `userName` that is not the work e-mail address", {"userName": "b@x.example"}, 400, "emails"),
    ("no first name, no last name", {"name": {"givenName": "A"}}, 400, "name.familyName"),
    ("an address in the US, Canada or the UK without a region",
     {"addresses": [{"type": "work", "country": "US"}]}, 400, "region"),
    ("a second person with the e-mail address",
     {"userName": "TAKEN@x.example", "emails": [{"type": "work", "value": "TAKEN@x.example"}]}, 409, "exists already"),
    ("`displayName`, managers, work phones, other attributes",
     {"displayName": "Ada", "phoneNumbers": [{"type": "work", "value": "1"}], "nickName": "A"}, 201, ""),
]  # fmt: skip


@pytest.mark.parametrize(("why", "values", "status", "says"), HELD, ids=[row[0] for row in HELD])
async def test_what_ringcentral_cannot_hold_is_told_as_the_page_says(
    gateway: Callable[..., VendorGateway], why: str, values: dict[str, Any], status: int, says: str
) -> None:
    assert any(row.startswith(why) for row in table(PAGE, "What RingCentral cannot hold"))
    one = gateway()
    one.vendor.state.store.add("Users", {**person("taken@x.example"), "active": False})
    answer = await one.send("POST", "/Users", {**person(), **values})
    assert (answer.status, says in str(answer.body)) == (status, True), answer.body
    if status == 201:
        assert answer.headers["x-scimgate-ignored"] == "displayName, nickName, phoneNumbers"


ORDER = ("What you need", "Plan", "1. In R", "2. In the gateway", "3. In Entra", "Settings", "Attributes")


def test_the_page_has_the_order_of_the_vendors_tutorials() -> None:
    titles = [line[3:] for line in PAGE.splitlines() if line.startswith("## ")]
    assert all(title.startswith(begin) for title, begin in zip(titles, ORDER, strict=False))
    said = PAGE.split("## 3. In Entra")[1].split("\n## ")[0]
    steps = ("Create your own application", "Tenant URL", "Test Connection", "notifications", "Mappings", "Enabled",
             "matching attribute", "Default Access", "Scope", "Provisioning Status", "provisioning logs", "40 minutes",
             "quarantine")  # fmt: skip
    assert [step for step in steps if step not in said] == []
