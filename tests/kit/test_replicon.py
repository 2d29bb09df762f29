"""Without display names, which Replicon makes itself, its adapter keeps every promise without an excuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest
import stamina

from adapters.replicon import RepliconAdapter, RepliconSettings
from scim_adapter import Resource
from scim_adapter.testing import ResourceContract
from simulators.replicon import Simulator, running
from simulators.replicon.groups import DEPARTMENTS

PASSWORD = "correct-horse-s3cret"
NOBODY = "http://127.0.0.1:9"
"""The discard port, at which nobody listens."""


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def company(server: Simulator) -> Iterator[Simulator]:
    server.company.reset()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


def replicon(domain: str, password: str = PASSWORD, **settings: Any) -> RepliconAdapter:
    values = {"company_key": "acme", "username": "scim.gateway", "password": password, "domain": domain}
    return RepliconAdapter(RepliconSettings.model_validate(values | settings))


@pytest.mark.slow
class TestUsers(ResourceContract):
    values: ClassVar = {"department": DEPARTMENTS}
    side_steps: ClassVar = {"loginEnabled": False}
    nonsense: ClassVar = {"domain": "ftp://nowhere", "timeout": 0, "company_key": "a/b", "username": "acme\\ada"}

    @pytest.fixture
    async def adapter(self, company: Simulator) -> AsyncIterator[RepliconAdapter]:
        one = replicon(company.url, display_name="off")
        yield one
        await one.aclose()

    @pytest.fixture
    def resource(self, adapter: RepliconAdapter) -> Resource:
        return adapter.resources()[0]

    @pytest.fixture
    async def refused(self, company: Simulator) -> AsyncIterator[RepliconAdapter]:
        one = replicon(company.url, "wrong-s3cret")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[RepliconAdapter]:
        with stamina.set_testing(True, attempts=1):
            one = replicon(NOBODY)
            yield one
            await one.aclose()
