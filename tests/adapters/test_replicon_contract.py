"""The Replicon adapter keeps every promise of the contract, whatever Replicon's ways and the connection's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
import stamina

from adapters.replicon import RepliconAdapter
from scim_adapter import Resource
from scim_adapter.testing import ResourceContract, Subject
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import PASSWORD, connect

ALL: dict[str, Any] = {
    "display_name": "as-sent",
    "external_id_custom_field": "EntraObjectId",
    "custom_fields": {"title": "Title"},
    "default_permission_sets": ["User"],
    "default_products": ["urn:replicon:product:timesheet"],
    "authentication_provider": "SSO",
    "end_date_on_disable": True,
    "create_access_token": True,
}
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it comes": ({}, {}),
    "every setting": ({}, ALL),
    "other answers": ({"not_found_style": "null_details", "duplicate_style": "http_400", "root_url_style": "host",
                       "omit_user_on_modify": True, "time_zone_style": "described"}, {}),
    "refused batches": ({"not_found_style": "error400"}, {}),
    "logins of one case": ({"login_case_sensitive": True}, {}),
}  # fmt: skip
QUICK = "every setting"
"""The way of the quick tests; the others are slow in their number."""
MADE: tuple[dict[str, Any], dict[str, Any]] = ({"display_name_style": "family_given"}, {"display_name": "off"})
"""The way of a company that makes display names itself, of a connection that maps none."""


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def instant() -> Iterator[None]:
    """Nobody waits between attempts."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


class Replicon(ResourceContract):
    """What holds for every way."""

    values: ClassVar = {"department": ["Sales", "Engineering", "Finance", "Legal", "Operations"]}
    side_steps: ClassVar = {"loginEnabled": False}
    nonsense: ClassVar = {
        "company_key": "a/b",
        "username": "acme\\ada",
        "domain": "ftp://x",
        "display_name": "sometimes",
        "default_products": ["timesheet"],
        "timeout": 0,
    }

    @pytest.fixture
    async def adapter(self, server: Simulator) -> AsyncIterator[RepliconAdapter]:
        server.company.reset()
        one = connect(server)
        yield one
        await one.aclose()

    @pytest.fixture
    async def refused(self, server: Simulator) -> AsyncIterator[RepliconAdapter]:
        one = connect(server, password="wrong")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[RepliconAdapter]:
        values = {"company_key": "acme", "username": "scim.gateway", "password": PASSWORD}
        one = RepliconAdapter(RepliconAdapter.Settings.model_validate({**values, "domain": "http://127.0.0.1:9"}))
        yield one
        await one.aclose()


@asynccontextmanager
async def users(server: Simulator, way: tuple[dict[str, Any], dict[str, Any]]) -> AsyncIterator[Resource]:
    """The users of a new company with these ways."""
    switches, settings = way
    server.company.reset()
    server.company.switches.set({"display_name_style": "as_sent", **switches})
    adapter = connect(server, **settings)
    yield adapter.resources()[0]
    await adapter.aclose()


class TestReplicon(Replicon):
    @pytest.fixture(params=[QUICK, *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS if way != QUICK)])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        async with users(server, WAYS[request.param]) as one:
            yield one

    @pytest.mark.xfail(
        strict=True,
        reason="Replicon always shows a display text: without one of its own it is made from the names.",
    )
    async def test_none_clears(self, subject: Subject) -> None:
        await super().test_none_clears(subject)


@pytest.mark.slow
class TestRepliconWithoutDisplayNames(Replicon):
    @pytest.fixture
    async def resource(self, server: Simulator) -> AsyncIterator[Resource]:
        async with users(server, MADE) as one:
            yield one
