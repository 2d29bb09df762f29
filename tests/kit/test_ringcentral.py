"""The adapter for RingCentral keeps every promise of the contract, whatever RingCentral's ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest
import stamina

from adapters.ringcentral import RingCentralAdapter, RingCentralSettings
from scim_adapter import Resource
from scim_adapter.testing import ResourceContract
from simulators.ringcentral import Simulator, running

NOBODY = "http://127.0.0.1:9"
"""The discard port, at which nobody listens."""
UNLIMITED = {"light": 9000, "heavy": 9000, "auth": 9000}
"""What the headers tell, so that nobody waits."""
JWT = {"client_id": "client-of-the-gateway", "client_secret": "client-s3cret", "jwt": "header.payload.s1gnature"}
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "strict": (
        {"unknown_attributes": "refused", "server_phones_sent": "refused", "login_case": "lower", "patch": "simple",
         "filter_case": "exact", "not_found_body": "platform", "conflict_body": "platform"},
        {}),
    "as it comes": ({}, JWT),
    "names of its own": ({}, {"user_name": "keep"}),
    "other answers": (
        {"country_shown": "code", "short_list_items": False, "max_count": 2, "discovery": "missing",
         "server_phones": "none", "external_id": "kept"},
        {"countries": "names"}),
}  # fmt: skip
QUICK = ("strict",)
"""The ways of the quick tests; the others are slow in their number."""


def ringcentral(simulator: Simulator, **settings: Any) -> RingCentralAdapter:
    """An adapter for the simulator, by its SCIM token unless a client is given."""
    values = {"server": simulator.server_url, **({} if "jwt" in settings else {"scim_token": simulator.token})}
    return RingCentralAdapter(RingCentralSettings.model_validate(values | settings))


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


class TestUsers(ResourceContract):
    nonsense: ClassVar = {
        "server": "ftp://nowhere",
        "timeout": 0,
        "countries": "flags",
        "user_name": "either",
        "scim_token": "two words",
    }

    @pytest.fixture(autouse=True)
    def instant(self, server: Simulator) -> Iterator[None]:
        server.state.reset()
        server.state.switches.set(UNLIMITED)
        with stamina.set_testing(True, attempts=3, cap=True):
            yield

    @pytest.fixture(params=[pytest.param(way, marks=() if way in QUICK else pytest.mark.slow) for way in WAYS])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        switches, settings = WAYS[request.param]
        server.state.switches.set(switches)
        one = ringcentral(server, **settings)
        yield one.resources()[0]
        await one.aclose()

    @pytest.fixture
    async def adapter(self, server: Simulator) -> AsyncIterator[RingCentralAdapter]:
        one = ringcentral(server)
        yield one
        await one.aclose()

    @pytest.fixture
    async def refused(self, server: Simulator) -> AsyncIterator[RingCentralAdapter]:
        one = ringcentral(server, scim_token="another-s3cret")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self, server: Simulator) -> AsyncIterator[RingCentralAdapter]:
        with stamina.set_testing(True, attempts=1):
            one = ringcentral(server, server=NOBODY)
            yield one
            await one.aclose()
