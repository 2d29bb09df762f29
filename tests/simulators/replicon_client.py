"""A client of the Replicon simulator, for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from simulators.replicon import Simulator, running

ROOT_URN = "urn:replicon-tenant:acme:user"
SAVE = "urn:replicon:user-modification-option:save"
DISCOVERY = "DiscoveryService1.svc/GetTenantEndpointDetails"
WRITE = "acme/services/ImportService2.svc/CreateUserOrApplyModifications"
READ = "acme/services/ImportService1.svc/BulkGetUsers3"
LIST = "acme/services/UserListService1.svc/GetData"
TOKEN = "acme/services/AuthenticationService1.svc/CreateAccessToken2"
ENABLE, DISABLE = (f"acme/services/SecurityService1.svc/{name}Login" for name in ("Enable", "Disable"))
USERS = "acme/services/UserService1.svc"
ME = "acme/services/UserAccessControlService1.svc/GetMyActualUserIdentity"
COLUMNS = [f"urn:replicon:user-list-column:{name}" for name in ("user", "login-name", "email-address", "enabled")]


class Replicon:
    """A client of the simulator, and its control interface."""

    def __init__(self, simulator: Simulator) -> None:
        self.url, self.simulator = simulator.url, simulator
        self.http = httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=5)  # no certificates to load
        self.account: Any = ("acme\\scim.gateway", "s3cret")
        self.units = 0

    def call(self, path: str, body: Any, **options: Any) -> httpx.Response:
        options.setdefault("auth", self.account)
        return self.http.post(path, json=body, headers={"X-Replicon-Application": "Test_Suite_1.0"}, **options)

    def d(self, path: str, body: Any) -> Any:
        answer = self.call(path, body)
        assert answer.status_code == 200, answer.text
        assert len(answer.headers["x-execution-correlation-id"]) == 32
        return answer.json()["d"]

    def write(self, target: Any = None, unit: str | None = None, **values: Any) -> httpx.Response:
        self.units += 1
        modifications = {name: {"value": value} for name, value in values.items()}
        body = {"target": target, "modifications": modifications, "userModificationOptionUri": SAVE}
        return self.call(WRITE, {**body, "unitOfWorkId": unit or f"unit-{self.units}"})

    def create(self, login: str, **values: Any) -> str:
        answer = self.write(**{"loginName": login, "firstName": "A", "lastName": "B", **values}).json()["d"]
        assert answer["errors"] == []
        return str(answer["user"]["uri"])

    def read(self, **target: Any) -> list[Any]:
        found: list[Any] = self.d(READ, {"users": [target]})
        return found

    def control(self, method: str, name: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, f"_control/{name}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def switch(self, **values: Any) -> None:
        self.control("POST", "switches", values)

    def raw(self, path: str, content: bytes, **headers: str) -> httpx.Response:
        """A call whose body is no JSON of ours."""
        return self.http.post(path, content=content, auth=self.account, headers=headers)


@contextmanager
def replicon_running() -> Iterator[Replicon]:
    """A simulator and its client."""
    with running() as simulator:
        client = Replicon(simulator)
        yield client
        client.http.close()


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error.get("type", ""), error["details"]["displayText"]


def rejection(answer: httpx.Response) -> str:
    """The text of an error inside an answer of status 200."""
    assert answer.status_code == 200, answer.text
    assert answer.json()["d"]["user"] is None
    return str(answer.json()["d"]["errors"][0]["notifications"][0]["displayText"])


def expression(name: str, operator: str, value: Any) -> dict[str, Any]:
    """A filter expression of one comparison."""
    return {
        "leftExpression": {"filterDefinitionUri": f"urn:replicon:user-list-filter:{name}"},
        "operatorUri": f"urn:replicon:filter-operator:{operator}",
        "rightExpression": {"value": value},
    }
