"""The engine over an adapter, with what clients send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.identity.store import Store
from scim.message import Request
from scim.options import Options
from scim.service import Service
from scim_adapter import Adapter, Field
from tests.scim.harness import BASE, CORE, GROUP, PATCH_OP, Answer

A = TypeVar("A", bound=Adapter[Any])


class Served(Generic[A]):
    """One connection with a map of its own; `rows` are the operator's own rows of the mapping table."""

    def __init__(
        self,
        adapter: A,
        store: Store | None = None,
        rows: Mapping[str, Field] | None = None,
        **options: Any,
    ) -> None:
        self.adapter = adapter
        self.map = IdentityMap(store or MemoryStore(), "acme", "acme", lease=90.0)
        self.service = Service(adapter.resources(), self.map, Options(**options), BASE, rows)

    async def send(self, method: str, path: str, body: Any = None, query: str = "") -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return Answer(await self.service.handle(Request(method, path, query.replace(" ", "%20"), {}, raw)))

    async def create(self, login: str = "ada@example.com", **more: Any) -> Answer:
        schemas = [CORE, *(name for name in more if name.startswith("urn:"))]
        return await self.send("POST", "/Users", {"schemas": schemas, "userName": login, **more})

    async def group(self, name: str, *members: str) -> Answer:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members]}
        return await self.send("POST", "/Groups", body)

    async def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        return await self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    async def replace(self, id: str, values: Mapping[str, Any], endpoint: str = "/Users") -> Answer:
        """As Entra sends it, capitals and all."""
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        return await self.patch(f"{endpoint}/{id}", *operations)

    async def aclose(self) -> None:
        await self.adapter.aclose()
