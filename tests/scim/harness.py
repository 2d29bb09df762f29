"""The engine with a backend and a store in memory, and the words of the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.identity.store import Store
from scim.message import Request, Response
from scim.options import Options
from scim.service import Service
from tests.backends import Circle, Counting, Shelf

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BASE = "https://gateway.example/acme/scim/v2"


@dataclass
class Answer:
    """A response, read as strictly as Entra reads it."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> Any:
        return json.loads(self.response.body) if self.response.body else None

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.response.headers)

    @property
    def id(self) -> str:
        return str(self.body["id"])


class Clock:
    """A store's clock that tests turn."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Engine:
    """One connection; `restart` forgets everything that a killed process would."""

    def __init__(
        self, shelf: Shelf | None = None, store: Store | None = None, groups: Circle | None = None, **options: Any
    ) -> None:
        self.shelf = shelf or Shelf()
        self.groups = groups
        self.clock = Clock()
        self.store = Counting(store or MemoryStore(self.clock))
        self.options = Options(**{"write_deadline": 0.6, **options})
        self.restart()

    def restart(self) -> None:
        self.map = IdentityMap(self.store, "acme", "acme", lease=90.0)
        self.service = Service([self.shelf, *([self.groups] if self.groups else [])], self.map, self.options, BASE)

    async def send(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Answer:
        """`headers` are written with underscores."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = Answer(await self.service.handle(Request(method, path, query, sent, raw)))
        assert answer.status == 304 or answer.headers["content-type"] == "application/scim+json"
        return answer

    async def create(self, login: str = "ada@example.com", /, **more: Any) -> Answer:
        return await self.send("POST", "/Users", {"schemas": [CORE], "userName": login, "active": True, **more})

    async def patch(self, id: str, *operations: dict[str, Any]) -> Answer:
        return await self.send("PATCH", f"/Users/{id}", {"schemas": [PATCH_OP], "Operations": list(operations)})

    async def group(self, name: str, *members: str, **more: Any) -> Answer:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members], **more}
        return await self.send("POST", "/Groups", body)

    async def change(self, path: str, *operations: dict[str, Any]) -> Answer:
        return await self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    async def find(self, filter: str, endpoint: str = "/Users", more: str = "") -> list[dict[str, Any]]:
        query = more + "filter=" + filter.replace("%", "%25").replace("+", "%2B").replace('"', "%22").replace(" ", "+")
        answer = await self.send("GET", endpoint, query=query)
        assert answer.status == 200, answer.body
        resources: list[dict[str, Any]] = answer.body["Resources"]
        assert answer.body["totalResults"] == len(resources)
        return resources

    async def counted(self) -> dict[str, int]:
        """Store operations since the last call."""
        return self.store.taken()


def replace_(path: str, value: Any) -> dict[str, Any]:
    """An operation as Entra sends it."""
    return {"op": "Replace", "path": path, "value": value}
