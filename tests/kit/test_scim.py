"""The adapter for SCIM servers keeps every promise of the contract, however its server goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
import stamina

from adapters.scim import ScimAdapter
from scim_adapter import New, Resource
from scim_adapter.testing import ResourceContract
from simulators.scim import Simulator, running
from tests.adapters.scim_profiles import ACTIVE_ELSEWHERE, WAYS, connect, write

NOBODY = "http://127.0.0.1:9/scim"
"""The discard port, at which nobody listens."""
QUICK = "by the book"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def instant() -> Iterator[None]:
    """Nobody waits between attempts."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


class _Contract(ResourceContract):
    __test__ = False
    kind: ClassVar[str]
    nonsense: ClassVar = {"base_url": "ftp://nowhere", "timeout": 0, "profile": "/nowhere.toml", "client_in": "url"}

    @pytest.fixture(params=[QUICK, *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS if way != QUICK)])
    async def resources(
        self, request: pytest.FixtureRequest, server: Simulator, tmp_path: Path
    ) -> AsyncIterator[Sequence[Resource]]:
        switches, profile = WAYS[request.param]
        server.store.reset()
        server.store.switches.set(switches)
        adapter = connect(server, write(tmp_path, profile))
        yield adapter.resources()
        await adapter.aclose()

    @pytest.fixture
    def resource(self, resources: Sequence[Resource]) -> Resource:
        found = [one for one in resources if one.type == self.kind]
        if not found:
            pytest.skip(f"This server has no {self.kind}s.")
        return found[0]


class TestUsers(_Contract):
    __test__ = True
    kind = "User"

    @pytest.fixture
    async def adapter(self, server: Simulator, tmp_path: Path) -> AsyncIterator[ScimAdapter]:
        server.store.reset()
        one = connect(server)
        yield one
        await one.aclose()

    @pytest.fixture
    async def refused(self, server: Simulator) -> AsyncIterator[ScimAdapter]:
        server.store.reset()
        one = connect(server, bearer_token="another-s3cret")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self, server: Simulator) -> AsyncIterator[ScimAdapter]:
        with stamina.set_testing(True, attempts=1):
            one = connect(server, base_url=NOBODY)
            yield one
            await one.aclose()


class TestGroups(_Contract):
    __test__ = True
    kind = "Group"

    @pytest.fixture
    async def targets(self, resources: Sequence[Resource]) -> Mapping[str, Sequence[str]]:
        users = resources[0]
        made = [await users.create(New({"userName": f"u{n}@example.com", "externalId": f"e{n}"})) for n in range(3)]
        return {"User": [one if isinstance(one, str) else one["id"] for one in made]}


@pytest.mark.slow
class TestActiveIgnored(_Contract):
    """A server to which a disabled account is told in a second step."""

    __test__ = True
    kind = "User"
    side_steps: ClassVar = {"active": False}

    @pytest.fixture
    async def resources(self, server: Simulator, tmp_path: Path) -> AsyncIterator[Sequence[Resource]]:
        switches, profile = WAYS[ACTIVE_ELSEWHERE]
        server.store.reset()
        server.store.switches.set(switches)
        adapter = connect(server, write(tmp_path, profile))
        yield adapter.resources()
        await adapter.aclose()
