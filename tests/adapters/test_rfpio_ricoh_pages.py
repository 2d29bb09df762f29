"""The pages of RFPIO and RICOH say what the adapters do: calls, messages, configurations, what is not held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from scim_adapter import Adapter
from simulators import rfpio, ricoh
from simulators.scim.tenant import Service
from tests.adapters import test_rfpio, test_ricoh
from tests.adapters.page import ROOT, SCIM_BACKEND, example, opened, system, table, unsaid
from tests.adapters.scim_profiles import ENTERPRISE
from tests.adapters.vendor_wire import VendorGateway, gateways
from tests.scim.harness import Answer

SHARED = [*SCIM_BACKEND, ROOT / "scim" / "writing.py", ROOT / "scim" / "differences.py", ROOT / "scim" / "kind.py"]


@dataclass(frozen=True)
class Vendor:
    """A vendor: its simulator, its adapter, and a change that it takes."""

    name: str
    running: Callable[[], Any]
    connect: Callable[..., Any]
    change: dict[str, Any]
    settings: dict[str, Any]
    options: dict[str, Any]

    @property
    def page(self) -> str:
        return system(self.name)

    def person(self, login: str) -> dict[str, Any]:
        """What a client sends of somebody."""
        return {"userName": login, "externalId": f"o-{login}", "emails": [{"type": "work", "value": login}]}


DEPARTMENT = f"{ENTERPRISE}:department"
VENDORS = {
    "rfpio": Vendor("rfpio", rfpio.running, test_rfpio.connect, {"title": "Dr", "name.givenName": "A"}, {}, {}),
    "ricoh": Vendor("ricoh", ricoh.running, test_ricoh.connect,
                    {DEPARTMENT: "X", 'emails[type eq "work"].value': "a@b.example"},
                    {"extra_attributes": [DEPARTMENT], "sync_groups": True}, {"match": ("externalId",)}),
}  # fmt: skip


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return VENDORS[request.param]


@pytest.fixture(scope="module")
def server(vendor: Vendor) -> Iterator[Service[Any]]:
    with vendor.running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(vendor: Vendor, server: Service[Any]) -> AsyncIterator[Callable[..., VendorGateway]]:
    async with gateways(server, partial(vendor.connect, **vendor.settings), **vendor.options) as opened:
        server.state.switches.set({"groups": "on"} if vendor.name == "ricoh" else {})
        yield opened


# -- calls ------------------------------------------------------------------------------------------------------------

Step = Callable[[VendorGateway, Vendor, str], Awaitable[Answer | None]]


async def _looked(g: VendorGateway, vendor: Vendor, id: str) -> Answer:
    attribute = "externalId" if vendor.name == "ricoh" else "userName"
    value = vendor.person("ada@example.com")[attribute]
    found = await g.send("GET", "/Users", query=f'filter={attribute} eq "{value}"')
    assert found.body["totalResults"] == 1
    assert sum(g.calls().values()) == 1
    return await g.send("GET", f"/Users/{id}")


async def _enabled(g: VendorGateway, vendor: Vendor, id: str) -> Answer:
    await g.replace(id, {"active": "False"})
    g.calls()
    return await g.replace(id, {"active": "True"})


async def _joined(g: VendorGateway, vendor: Vendor, id: str) -> Answer:
    staff = await g.group("Staff")
    g.calls()
    return await g.patch(f"/Groups/{staff.id}", {"op": "Add", "path": "members", "value": [{"value": id}]})


STEPS: dict[str, tuple[Step, dict[str, Any]]] = {
    "Test Connection, match, read by id": (_looked, {}),
    "a page of 100 people": (lambda g, vendor, id: g.send("GET", "/Users"), {}),
    "`gateway check`": (lambda g, vendor, id: g.adapter.check(), {}),
    "create": (lambda g, vendor, id: g.send("POST", "/Users", vendor.person("bob@example.com")), {}),
    "change without a difference": (lambda g, vendor, id: g.replace(id, {"active": "True"}), {}),
    "change, of however many attributes": (lambda g, vendor, id: g.replace(id, vendor.change), {}),
    "rename": (lambda g, vendor, id: g.replace(id, {"userName": "lovelace@example.com"}), {}),
    "disable": (lambda g, vendor, id: g.replace(id, {"active": "False"}), {}),
    "enable": (_enabled, {}),
    'DELETE, `on_delete = "disable"`': (lambda g, vendor, id: g.send("DELETE", f"/Users/{id}"), {}),
    'DELETE, `on_delete = "delete"`': (
        lambda g, vendor, id: g.send("DELETE", f"/Users/{id}"), {"on_delete": "delete"}),
    "create a group": (lambda g, vendor, id: g.group("Others"), {}),
    "add or remove members, up to 100": (_joined, {}),
}  # fmt: skip


@pytest.mark.parametrize("operation", STEPS)
async def test_an_operation_costs_what_the_page_says(
    gateway: Callable[..., VendorGateway], vendor: Vendor, operation: str
) -> None:
    told = table(vendor.page, "What it calls")
    if operation not in told:
        assert vendor.name == "rfpio" and ("group" in operation or "members" in operation or operation == "rename")
        return
    step, options = STEPS[operation]
    one = gateway(**options)
    id = (await one.send("POST", "/Users", vendor.person("ada@example.com"))).id
    one.calls()
    answer = await step(one, vendor, id)
    assert answer is None or answer.status < 300, answer.body
    assert sum(one.calls().values()) == int(told[operation][0])


def test_every_operation_of_the_page_is_measured(vendor: Vendor) -> None:
    assert table(vendor.page, "What it calls").keys() <= STEPS.keys()


async def test_what_costs_one_more_is_told(gateway: Callable[..., VendorGateway], vendor: Vendor) -> None:
    one, told = gateway(), table(vendor.page, "What it calls")
    change, create = int(told["change, of however many attributes"][0]), int(told["create"][0])
    one.switch(patch_status=204, create_answer="empty")
    made = await one.send("POST", "/Users", vendor.person("ada@example.com"))
    assert sum(one.calls().values()) == create + 1
    assert (await one.replace(made.id, vendor.change)).status == 200
    assert sum(one.calls().values()) == change + 1
    one.switch(patch_supported=False, patch_status=200)
    for more, switched in ((1, "False"), (0, "False")):
        other = await one.send("POST", "/Users", vendor.person(f"p{more}@example.com"))
        one.calls()
        assert (await one.replace(other.id, {"active": switched})).status == 200
        assert sum(one.calls().values()) == int(told["disable"][0]) + more


async def test_a_server_that_does_not_search_by_the_login_costs_what_the_page_says(
    gateway: Callable[..., VendorGateway], vendor: Vendor
) -> None:
    if vendor.name == "rfpio":
        return
    one = gateway()
    one.switch(user_name_filter="refused")
    for number in range(250):
        one.vendor.state.store.add("Users", {**vendor.person(f"p{number}@example.com"), "active": True})
    await one.send("POST", "/Users", vendor.person("first@example.com"))
    one.calls()
    await one.send("POST", "/Users", vendor.person("ada@example.com"))
    assert one.calls() == {"GET /Users": 3 + 1, "POST /Users": 1}, "three hundreds, and the externalId"
    said = " ".join(vendor.page.split())
    for people, sentence in ((1000, "1,000 people that is about {:,} calls"), (5000, "5,000 people {:,}")):
        lists = sum(max(1, -(-before // 100)) for before in range(people))
        assert sentence.format(round(lists, -2)) in said


# -- words ------------------------------------------------------------------------------------------------------------


def test_every_message_of_the_page_is_one_of_the_adapters(vendor: Vendor) -> None:
    profile = (ROOT / "adapters" / vendor.name / "profile.toml").read_text()
    assert unsaid(vendor.page, SHARED, profile) == []


def test_the_configuration_of_the_page_is_one(vendor: Vendor, tmp_path: Path) -> None:
    upper = vendor.name.upper()
    names = (f"ACME_{upper}_TOKEN", f"ACME_{upper}_SCIM_TOKEN", f"ACME_{upper}_ACCESS_TOKEN")
    secrets = dict.fromkeys(names, "a-token-of-16-letters")
    connection = opened(example(vendor.page), f"acme-{vendor.name}", secrets, tmp_path)
    settings: Any = connection.backend.settings
    adapter: Adapter[Any] = connection.backend.adapter(settings)
    [users] = adapter.resources()
    assert connection.backend.options.match == (("externalId",) if vendor.name == "ricoh" else ())
    if vendor.name == "ricoh":
        assert len(users.fields) == 6 and settings.endpoint.startswith("https://scim.ricoh")
    else:
        assert settings.base_url == "https://acme.rfpio.com/rfpserver/scim/v2"


ORDER = ("What you need", "Plan", "1. In R", "2. In the gateway", "3. In Entra", "Settings", "Attributes")


def test_the_page_has_the_order_of_the_vendors_tutorials(vendor: Vendor) -> None:
    titles = [line[3:] for line in vendor.page.splitlines() if line.startswith("## ")]
    assert all(title.startswith(begin) for title, begin in zip(titles, ORDER, strict=False))
    said = " ".join(vendor.page.split("## 3. In Entra")[1].split("\n## ")[0].split())
    steps = ("Create your own application", "Tenant URL", "Test Connection", "notifications", "Mappings", "Enabled",
             "matching attribute", "Default Access", "Scope", "Provisioning Status", "provisioning logs", "40 minutes",
             "quarantine")  # fmt: skip
    assert [step for step in steps if step not in said] == []
    assert sorted(map(said.index, steps[:4])) == [said.index(step) for step in steps[:4]]
