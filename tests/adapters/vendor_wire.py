"""The engine over the adapter for a vendor's SCIM service over the simulator of it, with what clients send."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from scim_adapter.scim_backend import ScimBackend
from simulators.scim.tenant import Service as Vendor
from tests.adapters.opening import opening
from tests.served import Served

Open = Callable[..., "VendorGateway"]
"""Opens a gateway by the adapter's settings, and options of its connection."""


class VendorGateway(Served[ScimBackend[Any]]):
    """One connection to a vendor's simulator by the vendor's adapter."""

    def __init__(self, simulator: Vendor[Any], adapter: ScimBackend[Any], rows: Any = None, **options: Any) -> None:
        super().__init__(adapter, rows=rows, **options)
        self.vendor = simulator

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """Who stands at the vendor's, by login."""
        return {one["userName"]: one for one in self.vendor.state.state()["users"]}

    def calls(self) -> Counter[str]:
        """Calls since the last time, by method and address."""
        with self.vendor.lock:
            counts: Counter[str] = self.vendor.state.counts()
            self.vendor.state.requests.clear()
        return counts

    def bodies(self, method: str) -> list[Any]:
        """What was sent by a method since the last look at the calls."""
        return [one["body"] for one in self.vendor.state.requests if one["method"] == method]

    def switch(self, **switches: Any) -> None:
        """Change switches of the simulator."""
        self.vendor.state.switches.set(switches)


@asynccontextmanager
async def gateways(
    simulator: Vendor[Any], connect: Callable[..., ScimBackend[Any]], **usual: Any
) -> AsyncIterator[Open]:
    """Gateways in front of a simulator that starts empty, with `usual` options; nobody waits between attempts."""
    simulator.state.reset()

    def made(settings: dict[str, Any] | None = None, **options: Any) -> VendorGateway:
        return VendorGateway(simulator, connect(simulator, **settings or {}), **{**usual, **options})

    async with opening(made) as opened:
        yield opened
