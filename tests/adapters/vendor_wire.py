"""The engine over the adapter for a vendor's SCIM service over the simulator of it, with what clients send."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.options import Options
from scim.service import Service
from scim_adapter.scim_backend import ScimBackend
from simulators.scim.tenant import Service as Vendor
from tests.adapters.scim_wire import Gateway
from tests.scim.harness import BASE


class VendorGateway(Gateway):
    """One connection to a vendor's simulator by the vendor's adapter."""

    def __init__(self, simulator: Vendor[Any], adapter: ScimBackend[Any], rows: Any = None, **options: Any) -> None:
        self.vendor, self.adapter = simulator, adapter  # type: ignore[assignment]
        map = IdentityMap(MemoryStore(), "acme", "acme", lease=90.0)
        self.service = Service(adapter.resources(), map, Options(**options), BASE, rows)

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
