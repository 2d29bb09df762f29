"""The pages of the adapter for SCIM servers say what it does: settings, calls, messages, every key of a profile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.scim import ScimAdapter, ScimSettings
from scim_adapter.scim_backend import read
from scim_adapter.scim_backend.profile import Active, Members, Profile, Rate, Row, Rule
from simulators.scim import Simulator, running
from tests.adapters.opening import opening
from tests.adapters.page import ROOT, SCIM_BACKEND, example, opened, system, table, unsaid
from tests.adapters.scim_profiles import ENTERPRISE, WORK, connect, profile
from tests.adapters.scim_wire import Gateway
from tests.test_docs import attribute_tables, settings_table

PAGE = system("any-scim-server")
PROFILES = (ROOT / "docs" / "reference" / "profile.md").read_text()


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator, tmp_path: Path) -> AsyncIterator[Callable[..., Gateway]]:
    server.store.reset()
    async with opening(partial(Gateway, server, tmp_path)) as opened:
        yield opened


@pytest.fixture
def adapter(server: Simulator) -> ScimAdapter:
    return connect(server)


def test_the_page_has_the_settings_and_the_attributes(adapter: ScimAdapter) -> None:
    assert settings_table(ScimSettings) in PAGE
    for one in attribute_tables(adapter):
        assert one in PAGE


# -- calls ------------------------------------------------------------------------------------------------------------

Step = Callable[[Gateway, str, str], Awaitable[Any]]
STEPS: dict[str, tuple[Step, dict[str, Any]]] = {
    "a page of 100 people": (lambda g, id, group: g.send("GET", "/Users"), {}),
    "`gateway check`": (lambda g, id, group: g.adapter.check(), {}),
    "create, enabled or not": (lambda g, id, group: g.create("bob@example.com", active=False), {}),
    "change without a difference": (lambda g, id, group: g.replace(id, {"active": "True"}), {}),
    "change, of however many attributes": (
        lambda g, id, group: g.replace(id, {"title": "Dr", WORK: "a@b.example", f"{ENTERPRISE}:department": "X"}), {}),
    "set, change or remove a manager": (lambda g, id, group: g.replace(id, {f"{ENTERPRISE}:manager": id}), {}),
    "rename": (lambda g, id, group: g.replace(id, {"userName": "lovelace@example.com"}), {}),
    "disable": (lambda g, id, group: g.replace(id, {"active": "False"}), {}),
    'DELETE, `on_delete = "disable"`': (lambda g, id, group: g.send("DELETE", f"/Users/{id}"), {}),
    'DELETE, `on_delete = "delete"`': (lambda g, id, group: g.send("DELETE", f"/Users/{id}"), {"on_delete": "delete"}),
    "create a group": (lambda g, id, group: g.group("Others"), {}),
    "add or remove members, up to 100": (
        lambda g, id, group: g.patch(
            f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": id}]}), {}),
    "rename a group": (
        lambda g, id, group: g.patch(f"/Groups/{group}", {"op": "add", "path": "displayName", "value": "Crew"}), {}),
    "delete a group": (lambda g, id, group: g.send("DELETE", f"/Groups/{group}"), {}),
}  # fmt: skip


def cost(operation: str) -> int:
    return int(table(PAGE, "What it calls")[operation][0])


@pytest.mark.parametrize("operation", STEPS)
async def test_an_operation_costs_what_the_page_says(gateway: Callable[..., Gateway], operation: str) -> None:
    step, options = STEPS[operation]
    one = gateway(**options)
    id, group = (await one.create()).id, (await one.group("Staff")).id
    one.calls()
    answer = await step(one, id, group)
    assert answer is None or answer.status < 300, answer.body
    assert sum(one.calls().values()) == cost(operation)


async def test_looking_costs_what_the_page_says(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create()).id
    for path, query in ((f"/Users/{id}", ""), ("/Users", 'filter=userName eq "ada@example.com"')):
        one.calls()
        assert (await one.send("GET", path, query=query)).status == 200
        assert sum(one.calls().values()) == cost("Test Connection, match, read by id")
    await one.replace(id, {"active": "False"})
    one.calls()
    await one.replace(id, {"active": "True"})
    assert sum(one.calls().values()) == cost("enable")


def test_every_operation_of_the_page_is_measured() -> None:
    assert table(PAGE, "What it calls").keys() == STEPS.keys() | {"Test Connection, match, read by id", "enable"}


async def test_what_costs_one_more_is_told(gateway: Callable[..., Gateway], server: Simulator) -> None:
    server.store.switches.set({"patch_status": 204, "active_on_create": "ignored"})
    one = gateway(profile({"userName": {"filter": "eq-exact"}}, active={"on_create": "ignored"}))
    id = (await one.create()).id
    one.calls()
    await one.replace(id, {"title": "Dr"})
    assert sum(one.calls().values()) == cost("change, of however many attributes") + 1, "204"
    await one.create("Bob@example.com")
    assert sum(one.calls().values()) == cost("create, enabled or not") + 1, "a login with capitals, minding case"
    await one.create("eve@example.com", active=False)
    assert one.calls() == {"GET /Users": 1, "POST /Users": 1, "PATCH /Users/{id}": 1, "GET /Users/{id}": 1}
    whole = gateway(profile(update="put"))
    group, id = (await whole.group("Staff")).id, (await whole.create("dan@example.com")).id
    whole.calls()
    await whole.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": id}]})
    assert sum(whole.calls().values()) == 3, "the whole list"


# -- words ------------------------------------------------------------------------------------------------------------


def test_every_message_of_the_page_is_one_of_the_adapters() -> None:
    assert unsaid(PAGE, SCIM_BACKEND) == []


def test_the_example_of_the_page_is_a_configuration(tmp_path: Path) -> None:
    secrets = {"ACME_CRM_TOKEN": "a-token-of-16-letters", "ACME_CRM_BACKEND_TOKEN": "s3cret"}
    connection = opened(example(PAGE), "acme-crm", secrets, tmp_path)
    assert [one.type for one in connection.backend.adapter(connection.backend.settings).resources()] == [
        "User",
        "Group",
    ]


def blocks() -> list[str]:
    """The examples of the page of profiles."""
    found = re.findall(r"(?:^    .*\n)+", PROFILES, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


def test_the_examples_of_the_page_of_profiles_are_profiles() -> None:
    smallest, example = (read(tomllib.loads(block)) for block in blocks())
    assert smallest == Profile("Acme", smallest.users) and len(smallest.users.rows) == 1
    assert (example.rates[0].limit, example.rules[0].means, example.active.absent) == (10, "out_of_quota", False)


@pytest.mark.parametrize(
    ("title", "struct", "elsewhere"),
    [
        ("The server", Profile, {"users", "groups", "active", "members", "rates", "rules"}),
        ("`[users]` and `[groups]`", Row, {"path"}),
        ("`[active]`", Active, set[str]()),
        ("`[members]`", Members, set[str]()),
        ("`[rates.NAME]`", Rate, {"name"}),
        ("`[[rules]]`", Rule, set[str]()),
    ],
)
def test_every_key_of_a_profile_is_on_its_page(title: str, struct: Any, elsewhere: set[str]) -> None:
    rows = table(PROFILES, title)
    assert set(rows) == {f"`{one.name}`" for one in fields(struct)} - {f"`{name}`" for name in elsewhere}
    for one in fields(struct):
        said = rows.get(f"`{one.name}`", [""])[0]
        if isinstance(one.default, str | int) and one.default != "":
            written = f'"{one.default}"' if isinstance(one.default, str) else str(one.default).lower()
            assert said == f"`{written}`", f"{one.name}: the page says {said}"
