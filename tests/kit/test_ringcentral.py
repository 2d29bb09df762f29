"""The adapter for RingCentral keeps every promise of the contract, whatever RingCentral's ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest

from adapters.ringcentral import RingCentralAdapter
from scim_adapter import Resource
from simulators.ringcentral import Simulator, running
from tests.adapters.test_ringcentral import UNLIMITED, connect
from tests.kit.vendors import VendorContract

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


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


class TestUsers(VendorContract):
    __test__ = True
    connect, address, secret = staticmethod(connect), "server", "scim_token"
    usual: ClassVar = UNLIMITED
    nonsense: ClassVar = {
        "server": "ftp://nowhere",
        "timeout": 0,
        "countries": "flags",
        "user_name": "either",
        "scim_token": "two words",
    }

    @pytest.fixture(params=[pytest.param(way, marks=() if way in QUICK else pytest.mark.slow) for way in WAYS])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        switches, settings = WAYS[request.param]
        server.state.switches.set(switches)
        one: RingCentralAdapter = connect(server, **settings)
        yield one.resources()[0]
        await one.aclose()
