"""What the kit asks of a connection, for adapters of vendors that speak SCIM over their simulators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest
import stamina

from scim_adapter.scim_backend import ScimBackend
from scim_adapter.testing import ResourceContract
from simulators.scim.tenant import Service

NOBODY = "http://127.0.0.1:9"
"""The discard port, at which nobody listens."""


class VendorContract(ResourceContract):
    """The kit over the fixture `server`. `address` and `secret` are the vendor's words for both in its settings."""

    __test__ = False
    connect: ClassVar[Callable[..., ScimBackend[Any]]]
    address: ClassVar[str]
    secret: ClassVar[str]
    usual: ClassVar[Mapping[str, Any]] = {}
    """Switches of the simulator in every test."""

    @pytest.fixture(autouse=True)
    def instant(self) -> Iterator[None]:
        """Nobody waits between attempts."""
        with stamina.set_testing(True, attempts=3, cap=True):
            yield

    @pytest.fixture(autouse=True)
    def emptied(self, server: Service[Any]) -> None:
        server.state.reset()
        server.state.switches.set(self.usual)

    @pytest.fixture
    async def adapter(self, server: Service[Any]) -> AsyncIterator[ScimBackend[Any]]:
        one = type(self).connect(server)
        yield one
        await one.aclose()

    @pytest.fixture
    async def refused(self, server: Service[Any]) -> AsyncIterator[ScimBackend[Any]]:
        one = type(self).connect(server, **{self.secret: "another-s3cret"})
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self, server: Service[Any]) -> AsyncIterator[ScimBackend[Any]]:
        with stamina.set_testing(True, attempts=1):
            one = type(self).connect(server, **{self.address: NOBODY})
            yield one
            await one.aclose()
