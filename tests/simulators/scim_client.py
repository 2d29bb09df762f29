"""A client of the SCIM simulator, for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from simulators.scim import Simulator, running

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"


class Client:
    """A client of the server, and of its control interface."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator, self.root = simulator, simulator.url.removesuffix("/scim/v2")
        self.http = httpx.Client(trust_env=False, verify=False, timeout=10)  # no certificates to load
        self.headers = {"authorization": f"Bearer {simulator.account.token}"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, self.simulator.url + path, json=body, headers=self.headers | more)

    def create(self, login: str = "ada@example.com", **values: Any) -> dict[str, Any]:
        answer = self.send("POST", "/Users", {"schemas": [CORE], "userName": login, **values})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        return self.send("PATCH", path, {"schemas": [f"{MESSAGES}:PatchOp"], "Operations": list(operations)})

    def find(self, filter: str, kind: str = "Users") -> list[str]:
        answer = self.http.get(f"{self.simulator.url}/{kind}", params={"filter": filter}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return [one.get("userName") or one["displayName"] for one in answer.json()["Resources"]]

    def control(self, method: str, name: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, f"{self.root}/_control/{name}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def set(self, **switches: Any) -> None:
        self.control("POST", "switches", switches)


@contextmanager
def client() -> Iterator[Client]:
    with running() as simulator:
        made = Client(simulator)
        yield made
        made.http.close()
