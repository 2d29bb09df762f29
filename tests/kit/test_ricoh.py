"""The adapter for RICOH keeps every promise of the contract, under every switch of its simulator that bears on one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from adapters.ricoh import RicohAdapter
from scim_adapter import New, Resource
from scim_adapter.testing import ResourceContract
from simulators.ricoh import Simulator, running
from tests.adapters.scim_profiles import ENTERPRISE
from tests.adapters.test_ricoh import CARD, OFFICE, connect
from tests.kit.vendors import VendorContract

EXTRA = [f"{ENTERPRISE}:department", OFFICE, f"{CARD}:cardId"]
LISTED = ["department", "addresses", "cardId"]
USUAL = "as its help lets one expect"
WAYS: dict[str, dict[str, Any]] = {
    USUAL: {},
    "no PATCH, small pages": {"patch_supported": False, "max_count": 3, "user_name_filter": "ignored"},
    "answers without resources": {"patch_status": 204, "create_answer": "empty", "discovery": "missing"},
    "no search by login, strict": {
        "user_name_filter": "refused",
        "unknown_attributes": "reject",
        "duplicate_status": 400,
        "not_found_body": "json",
    },
    "500 for who is taken": {"duplicate_status": 500},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


class TestUsers(VendorContract):
    __test__ = True
    connect, address, secret = staticmethod(connect), "endpoint", "access_token"
    nonsense: ClassVar = {"endpoint": "ftp://nowhere", "access_token": " ", "extra_attributes": ["x"], "timeout": 0}

    @pytest.fixture(params=[USUAL, *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS if way != USUAL)])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        server.state.switches.set({"extra_attributes": LISTED, **WAYS[request.param]})
        adapter: RicohAdapter = connect(server, extra_attributes=EXTRA)
        yield adapter.resources()[0]
        await adapter.aclose()


@pytest.mark.slow
class TestDisabledUsersAreDeleted(ResourceContract):
    """Disabling is deleting; the promises about what can be read afterwards are about others."""

    values: ClassVar = {"active": [True]}

    @pytest.fixture(params=[200, 204])
    async def resource(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[Resource]:
        server.state.reset()
        server.state.switches.set({"deactivate_behaviour": "delete", "patch_status": request.param})
        adapter = connect(server)
        yield adapter.resources()[0]
        await adapter.aclose()


@pytest.mark.slow
class TestGroups(ResourceContract):
    @pytest.fixture
    async def resources(self, server: Simulator) -> AsyncIterator[Sequence[Resource]]:
        server.state.reset()
        server.state.switches.set({"groups": "on"})
        adapter = connect(server, sync_groups=True)
        yield adapter.resources()
        await adapter.aclose()

    @pytest.fixture
    def resource(self, resources: Sequence[Resource]) -> Resource:
        return resources[1]

    @pytest.fixture
    async def targets(self, resources: Sequence[Resource]) -> Mapping[str, Sequence[str]]:
        def user(n: int) -> New:
            return New({"userName": f"u{n}", "externalId": f"e{n}", "active": True, MAIL: f"u{n}@example.com"})

        made = [await resources[0].create(user(n)) for n in range(3)]
        return {"User": [one if isinstance(one, str) else one["id"] for one in made]}


MAIL = 'emails[type eq "work"].value'
