"""The RFPIO simulator does what the vendor's pages tell, and each switch changes what its name says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulators.rfpio import running
from simulators.rfpio.server import REST, REST_TOKEN
from simulators.rfpio.switches import Switches
from simulators.scim.tenant import Service
from tests.simulators.scim_client import CORE, ENTERPRISE, Client

LOGIN = "ada@example.com"
MAIL = [{"type": "work", "value": LOGIN}]


class VendorClient(Client):
    """A client of a vendor's service."""

    def __init__(self, simulator: Service[Any]) -> None:
        self.simulator, self.root = simulator, f"http://{simulator.host}"  # type: ignore[assignment]
        self.http = httpx.Client(trust_env=False, verify=False, timeout=10)
        self.headers = {"authorization": f"Bearer {simulator.token}"}

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and scimType of a refusal."""
        answer = self.send(method, path, body)
        return answer.status_code, answer.json().get("scimType", "")


@pytest.fixture(scope="module")
def started() -> Iterator[VendorClient]:
    with running() as simulator:
        client = VendorClient(simulator)
        yield client
        client.http.close()


@pytest.fixture
def rfpio(started: VendorClient) -> VendorClient:
    started.control("POST", "reset")
    return started


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "Replace", "path": path, "value": value}


def test_a_life_at_the_address_of_the_vendor(rfpio: VendorClient) -> None:
    assert rfpio.simulator.url.endswith("/rfpserver/scim/v2")
    made = rfpio.create(LOGIN, emails=MAIL, externalId="e-1", name={"givenName": "A", "familyName": "L"})
    assert len(made["id"]) == 24 and int(made["id"], 16)
    assert made["meta"]["location"] == f"{rfpio.simulator.url}/Users/{made['id']}"
    assert (made["roles"], made["externalId"]) == ([{"value": "TEAM_MEMBER"}], "e-1")
    assert rfpio.find(f'userName eq "{LOGIN}"') == [LOGIN]
    user = f"/Users/{made['id']}"
    off = rfpio.patch(user, replace("active", "False"), replace("title", "Dr")).json()
    assert (off["active"], off["title"]) == (False, "Dr")
    assert rfpio.refused("POST", "/Users", {"schemas": [CORE], "userName": LOGIN}) == (409, "uniqueness"), "kept"
    assert rfpio.send("DELETE", user).status_code == 204
    assert rfpio.refused("GET", user) == (404, "")
    assert rfpio.send("GET", "/Groups").status_code == 404
    assert httpx.get(f"{rfpio.root}/elsewhere", trust_env=False).status_code == 404


RULES: list[tuple[str, dict[str, Any], int, str]] = [
    ("no e-mail address", {"userName": "ada"}, 400, "invalidValue"),
    ("no login", {}, 400, "invalidValue"),
    ("half an address", {"userName": "@"}, 400, "invalidValue"),
    ("another address", {"userName": LOGIN, "emails": [{"type": "work", "value": "eve@example.com"}]}, 400,
     "invalidValue"),
    ("the address in capitals", {"userName": LOGIN, "emails": [{"value": "ADA@example.com"}]}, 201, ""),
    ("a private address", {"userName": LOGIN, "emails": [{"type": "home", "value": "a@b.example"}]}, 201, ""),
]  # fmt: skip


@pytest.mark.parametrize(("why", "body", "status", "scim_type"), RULES, ids=[row[0] for row in RULES])
def test_the_login_is_the_address(
    rfpio: VendorClient, why: str, body: dict[str, Any], status: int, scim_type: str
) -> None:
    assert rfpio.refused("POST", "/Users", {"schemas": [CORE], **body}) == (status, scim_type)


@pytest.mark.parametrize(
    "operation",
    [
        replace("userName", "eve@example.com"),
        {"op": "Replace", "value": {"userName": "eve@example.com"}},
        replace('emails[type eq "work"].value', "eve@example.com"),
        replace("emails", [{"type": "work", "value": "eve@example.com"}]),
        {"op": "add", "value": {"emails": [{"value": "eve@example.com"}]}},
    ],
)
def test_the_login_never_changes(rfpio: VendorClient, operation: dict[str, Any]) -> None:
    made = rfpio.create(LOGIN, emails=MAIL)
    answer = rfpio.patch(f"/Users/{made['id']}", operation)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")


def test_role_and_business_unit_are_taken_once(rfpio: VendorClient) -> None:
    rfpio.set(default_business_unit="APAC")
    first = rfpio.create(LOGIN)
    second = rfpio.create("eve@example.com", roles=[{"value": "RFP_ADMIN"}], **{ENTERPRISE: {"costCenter": "EMEA"}})
    assert (first[ENTERPRISE], second[ENTERPRISE]) == ({"costCenter": "APAC"}, {"costCenter": "EMEA"})
    assert second["roles"] == [{"value": "RFP_ADMIN"}]
    user = f"/Users/{second['id']}"
    after = rfpio.patch(user, replace("roles", [{"value": "X"}]), replace(f"{ENTERPRISE}:costCenter", "X")).json()
    assert (after["roles"], after[ENTERPRISE]) == (second["roles"], second[ENTERPRISE])
    whole = {**second, "roles": [], ENTERPRISE: {}, "title": "Dr"}
    after = rfpio.send("PUT", user, whole).json()
    assert (after["roles"], after[ENTERPRISE], after["title"]) == (second["roles"], second[ENTERPRISE], "Dr")


def test_the_token_is_wanted(rfpio: VendorClient) -> None:
    assert rfpio.send("GET", "/Users", authorization="Bearer s-other").status_code == 401
    assert rfpio.send("GET", "/Users", authorization=f"Bearer {REST_TOKEN}").status_code == 401


SWITCHED: dict[str, tuple[dict[str, Any], tuple[str, str], int, Any]] = {
    "scim_enabled": ({"scim_enabled": False}, ("GET", "/Users"), 403, ""),
    "patch_supported": ({"patch_supported": False}, ("PATCH", "/Users/{id}"), 501, ""),
    "patch_status": ({"patch_status": 204}, ("PATCH", "/Users/{id}"), 204, None),
    "delete_supported": ({"delete_supported": False}, ("DELETE", "/Users/{id}"), 501, ""),
    "duplicate_status": ({"duplicate_status": 400}, ("POST", "/Users"), 400, ""),
    "status_as_number": ({"status_as_number": True}, ("POST", "/Users"), 409, 409),
    "not_found_body": ({"not_found_body": "json"}, ("GET", "/Users/0"), 404, "Not found"),
    "discovery": ({"discovery": "missing"}, ("GET", "/Schemas"), 404, ""),
    "rate_limit": ({"rate_limit": 1, "rate_limit_retry_after": 7}, ("GET", "/Users"), 429, ""),
}


@pytest.mark.parametrize("name", SWITCHED)
def test_a_switch_does_what_it_says(rfpio: VendorClient, name: str) -> None:
    switches, (method, path), status, told = SWITCHED[name]
    id = rfpio.create(LOGIN)["id"]
    rfpio.set(**switches)
    body: Any = {"schemas": [CORE], "userName": LOGIN} if method == "POST" else None
    body = {"schemas": [], "Operations": [replace("title", "Dr")]} if method == "PATCH" else body
    if name == "rate_limit":
        assert rfpio.send("GET", "/Users").status_code == 200
    answer = rfpio.send(method, path.replace("{id}", id), body)
    assert answer.status_code == status
    if told is not None:
        assert told in {answer.json().get("scimType", ""), answer.json().get("status"), answer.json().get("message")}
    if name == "rate_limit":
        assert answer.headers["retry-after"] == "7"


def test_other_switches(rfpio: VendorClient) -> None:
    rfpio.set(echo_external_id=False, create_answer="empty", max_count=1, default_role="")
    answer = rfpio.send("POST", "/Users", {"schemas": [CORE], "userName": LOGIN, "externalId": "e-1"})
    assert (answer.status_code, answer.content) == (201, b"")
    [held] = rfpio.control("GET", "state")["users"]
    assert "externalId" not in held and "roles" not in held
    rfpio.control("POST", "seed", {"count": 2})
    listed = rfpio.send("GET", "/Users?count=100").json()
    assert (listed["totalResults"], len(listed["Resources"])) == (3, 1)


def test_every_switch_is_tried() -> None:
    elsewhere = {"echo_external_id", "create_answer", "max_count", "default_role", "default_business_unit", "choices"}
    assert Switches.__annotations__.keys() - elsewhere <= SWITCHED.keys()


@pytest.mark.parametrize("wrong", [{"max_count": 0}, {"default_role": 5}, {"patch_status": 201}, {"nonsense": 1}])
def test_a_switch_that_is_wrong_is_refused(rfpio: VendorClient, wrong: dict[str, Any]) -> None:
    assert "error" in rfpio.control("POST", "switches", wrong, 400)


def add(rfpio: VendorClient, body: Any, token: str = REST_TOKEN) -> httpx.Response:
    return rfpio.http.post(f"{rfpio.root}{REST}", json=body, headers={"authorization": f"Bearer {token}"})


def test_the_rest_api_adds_users_to_the_same_store(rfpio: VendorClient) -> None:
    body = {"userName": LOGIN, "firstName": "Ada", "userRole": "RFP_ADMIN", "primaryBU": "APAC"}
    answer = add(rfpio, body)
    assert (answer.status_code, answer.json()) == (200, body)
    [held] = rfpio.control("GET", "state")["users"]
    assert (held["name"], held["roles"], held["active"]) == ({"givenName": "Ada"}, [{"value": "RFP_ADMIN"}], True)
    assert add(rfpio, body).status_code == 409
    assert add(rfpio, {"userName": "eve@example.com"}).status_code == 200
    assert add(rfpio, {}).status_code == 400
    assert add(rfpio, body, rfpio.headers["authorization"].split()[1]).status_code == 401
