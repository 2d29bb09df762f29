"""The engine over the adapter over the simulator, with what clients send."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from simulators.scim import Simulator
from tests.adapters.scim_profiles import connect, write
from tests.scim.harness import BASE, CORE, GROUP, PATCH_OP, Answer


class Gateway:
    """One connection to the simulator by a profile, or by the one that ships."""

    def __init__(
        self, simulator: Simulator, folder: Path, profile: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        rows = settings.pop("rows", None)
        options = {name: settings.pop(name) for name in list(settings) if name in Options.__slots__}
        self.simulator = simulator
        self.adapter = connect(simulator, write(folder, profile) if profile else "rfc", **settings)
        map = IdentityMap(MemoryStore(), "acme", "acme", lease=90.0)
        self.service = Service(self.adapter.resources(), map, Options(**options), BASE, rows)

    async def send(self, method: str, path: str, body: Any = None, query: str = "") -> Answer:
        raw = json.dumps(body).encode() if body is not None else b""
        return Answer(await self.service.handle(Request(method, path, query.replace(" ", "%20"), {}, raw)))

    async def create(self, login: str = "ada@example.com", **more: Any) -> Answer:
        return await self.send("POST", "/Users", {"schemas": [CORE], "userName": login, **more})

    async def group(self, name: str, *members: str) -> Answer:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members]}
        return await self.send("POST", "/Groups", body)

    async def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        return await self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    async def replace(self, id: str, values: Mapping[str, Any]) -> Answer:
        """As Entra sends it, capitals and all."""
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        return await self.patch(f"/Users/{id}", *operations)

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """Who stands at the backend, by login."""
        return {one["userName"]: one for one in self.simulator.store.resources["Users"].values()}

    def calls(self) -> Counter[str]:
        """Calls of the backend since the last time, by method and address."""
        with self.simulator.lock:
            counts = self.simulator.store.counts()
            self.simulator.store.requests.clear()
        return counts

    def bodies(self, method: str) -> list[Any]:
        """What was sent by a method since the last look at the calls."""
        return [one["body"] for one in self.simulator.store.requests if one["method"] == method]

    async def aclose(self) -> None:
        await self.adapter.aclose()
