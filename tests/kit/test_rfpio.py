"""The adapter for RFPIO keeps every promise of the contract, under every switch of its simulator that bears on one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest

from adapters.rfpio import RfpioAdapter
from scim_adapter import Resource
from scim_adapter.testing.samples import AWKWARD
from simulators.rfpio import Simulator, running
from tests.adapters.test_rfpio import connect
from tests.kit.vendors import VendorContract

USUAL = "as its guides let one expect"
WAYS: dict[str, dict[str, Any]] = {
    USUAL: {},
    "no PATCH, small pages": {"patch_supported": False, "max_count": 3, "status_as_number": True},
    "answers without resources": {"patch_status": 204, "create_answer": "empty", "echo_external_id": False},
    "400 for who is taken": {"duplicate_status": 400, "not_found_body": "json", "discovery": "missing"},
    "500 for who is taken": {"duplicate_status": 500, "default_role": ""},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


class TestUsers(VendorContract):
    __test__ = True
    connect, address, secret = staticmethod(connect), "base_url", "scim_token"
    awkward: ClassVar = [f"{text}@example.com" for text in AWKWARD]
    """A login is an e-mail address."""
    nonsense: ClassVar = {"base_url": "ftp://nowhere", "scim_token": " ", "timeout": 0}

    @pytest.fixture(params=[USUAL, *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS if way != USUAL)])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        server.state.switches.set(WAYS[request.param])
        adapter: RfpioAdapter = connect(server, default_role="TEAM_MEMBER", business_unit="APAC")
        yield adapter.resources()[0]
        await adapter.aclose()
