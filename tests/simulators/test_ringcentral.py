"""The RingCentral simulator does what its pages and its switches say."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import httpx
import pytest

from simulators import http
from simulators.ringcentral import Simulator, running
from simulators.ringcentral.switches import Switches

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NUMBER = {"type": "other", "value": "146"}
US = {"type": "work", "country": "US", "region": "CA"}
Json = dict[str, Any]


class Client:
    """Calls of the simulator, signed."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(base_url=simulator.server_url, trust_env=False)
        self.token = simulator.token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        told = {"authorization": f"Bearer {self.token}", "content-type": "application/scim+json", **headers}
        content = None if body is None else json.dumps(body)
        return self.http.request(method, f"/scim/v2{path}", content=content, headers=told)

    def switch(self, **switches: Any) -> None:
        with self.simulator.lock:
            self.simulator.state.switches.set(switches)

    def made(self, login: str = "ada@example.com", /, **more: Any) -> Json:
        answer = self("POST", "/Users", person(login, **more))
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    def patch(self, id: str, *operations: Json) -> httpx.Response:
        message = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return self("PATCH", f"/Users/{id}", {"schemas": [message], "Operations": list(operations)})


def person(login: str = "ada@example.com", **more: Any) -> Json:
    body: Json = {"schemas": [USER], "userName": login, "name": {"givenName": "Ada", "familyName": "L"}, "active": True}
    return {**body, "emails": [{"type": "work", "value": login}], **more}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def client(server: Simulator) -> Iterator[Client]:
    with server.lock:
        server.state.reset()
        server.state.switches.set({"light": 0, "heavy": 0, "auth": 0})
    one = Client(server)
    yield one
    one.http.close()


def test_a_user_comes_back_as_ringcentral_shows_it(client: Client) -> None:
    made = client.made(addresses=[US], externalId="e-1", displayName="Ada", **{ENTERPRISE: {"department": "Sales"}})
    assert made["id"].isdecimal() and len(made["id"]) == 10
    assert made["meta"]["location"] == f"http://scim.ringcentral.com/scim/v2/Users/{made['id']}"
    assert made["addresses"] == [{**US, "country": "United States", "primary": False}]
    assert made["emails"] == [{"type": "work", "value": "ada@example.com", "primary": False}]
    assert [one["type"] for one in made["phoneNumbers"]] == ["work", "other"]
    [listed] = client("GET", "/Users").json()["Resources"]
    assert not listed.keys() & {"addresses", "phoneNumbers"} and "primary" not in listed["emails"][0]
    searched = client("POST", "/Users/.search", {"filter": 'emails eq "ada@example.com"'}).json()
    assert searched["totalResults"] == 1 and searched["Resources"][0]["id"] == made["id"]
    replaced = client("PUT", f"/Users/{made['id']}", person()).json()
    assert "externalId" not in replaced and replaced["addresses"] == [] and replaced["active"] is True
    assert [one["type"] for one in replaced["phoneNumbers"]] == ["work", "other"], "its own numbers stay"
    assert client("PUT", f"/Users/{made['id']}", {**person(), "active": None}).json()["active"] is False
    assert client("DELETE", f"/Users/{made['id']}").status_code == 204
    assert client("GET", f"/Users/{made['id']}").status_code == 404


REFUSED: list[tuple[str, Json, int, str, str]] = [
    ("an e-mail address that is another", {"emails": [{"type": "work", "value": "b@x"}]}, 400, "invalidValue", "equal"),
    ("no e-mail address", {"emails": []}, 400, "invalidValue", "equal"),
    ("no family name", {"name": {"givenName": "A"}}, 400, "invalidValue", "familyName"),
    ("no region", {"addresses": [{"type": "work", "country": "US"}]}, 400, "invalidValue", "Address.state"),
    ("no region, by name", {"addresses": [{"type": "work", "country": "Canada"}]}, 400, "invalidValue", "ess.state"),
    ("a phone of another type", {"phoneNumbers": [{"type": "fax", "value": "1"}]}, 400, "invalidValue", "type"),
    ("a taken address", {"userName": "BOB@example.com", "emails": [{"type": "work", "value": "BOB@example.com"}]},
     409, "uniqueness", "already in use"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "values", "status", "scim_type", "detail"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_wrong_is_refused(
    client: Client, why: str, values: Json, status: int, scim_type: str, detail: str
) -> None:
    client.made("bob@example.com")
    answer = client("POST", "/Users", {**person(), **values})
    told = answer.json()
    assert (answer.status_code, told["status"], told["scimType"]) == (status, str(status), scim_type)
    assert detail in told["detail"]


def test_a_patch_is_measured_by_the_user_that_it_would_make(client: Client) -> None:
    made = client.made()
    refused = client.patch(made["id"], {"op": "replace", "path": "userName", "value": "eve@example.com"})
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue"), "the address stays behind"
    changed = client.patch(made["id"], {"op": "Replace", "path": "active", "value": "False"})
    assert (changed.status_code, changed.json()["active"]) == (200, False)


@pytest.mark.parametrize(
    ("filter", "status", "found"),
    [
        ('userName eq "ADA@example.com"', 200, 1), ('email eq "ada@example.com"', 200, 1),
        ('emails eq "ada@example.com"', 200, 1), ('userName eq "nobody"', 200, 0), ('externalId eq "e"', 400, 0),
        ('userName sw "a"', 400, 0), ('userName eq "a" and active eq true', 400, 0), ("", 400, 0),
    ],
)  # fmt: skip
def test_only_the_address_can_be_searched(client: Client, filter: str, status: int, found: int) -> None:
    client.made()
    answer = client.http.get(
        "/scim/v2/Users", params={"filter": filter, "count": "5"}, headers={"authorization": f"Bearer {client.token}"}
    )
    assert (answer.status_code, answer.json().get("totalResults", 0)) == (status, found)


def test_the_platform_in_front_has_errors_of_its_own(client: Client) -> None:
    for header, code in (("Bearer wrong", "OAU-213"), ("", "OAU-149"), ("Basic YTpi", "OAU-149")):
        answer = client("GET", "/Users", authorization=header)
        assert (answer.status_code, answer.json()["errors"][0]["errorCode"]) == (401, code)
    assert client("GET", "/ServiceProviderConfig", authorization="").status_code == 200
    assert client("GET", "/health", authorization="").text == "OK"
    assert client("POST", "/Users", person(), **{"content-type": "text/plain"}).status_code == 415


def _token(client: Client, *, secret: str = "client-s3cret", **form: str) -> httpx.Response:
    encoded = base64.b64encode(f"client-of-the-gateway:{secret}".encode()).decode()
    data = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "header.payload.s1gnature",
        **form,
    }
    return client.http.post("/restapi/oauth/token", data=data, headers={"authorization": f"Basic {encoded}"})


def test_a_client_with_a_jwt_credential_gets_a_token(client: Client) -> None:
    told = _token(client).json()
    client.token = told["access_token"]
    assert (told["expires_in"], client("GET", "/Users").status_code) == (7199, 200)
    client.switch(token_life=0)
    client.token = _token(client).json()["access_token"]
    assert client("GET", "/Users").json()["errorCode"] == "OAU-128"
    wrong = [({"secret": "x"}, 401), ({"assertion": "x"}, 400), ({"grant_type": "password"}, 400)]
    for values, status in wrong:
        answer = _token(client, **values)
        assert (answer.status_code, "access_token" in answer.json()) == (status, False)
    assert "s1gnature" not in json.dumps(client.http.get("/_control/requests").json())


def test_each_group_has_its_limit_and_a_penalty_that_every_request_prolongs(client: Client) -> None:
    now = [1000.0]
    client.simulator.state.clock = lambda: now[0]  # type: ignore[method-assign]
    client.switch(heavy=2, light=3)
    told = client("POST", "/Users", person("a@x.example")).headers
    names = ("group", "limit", "remaining", "window")
    assert [told[f"x-rate-limit-{name}"] for name in names] == ["heavy", "2", "1", "60"]
    client.made("b@x.example")
    late = client("POST", "/Users", person("c@x.example"))
    assert (late.status_code, late.json()["errorCode"], late.headers["retry-after"]) == (429, "CMN-301", "60")
    assert client("GET", "/Users").status_code == 200, "reads are another group"
    now[0] += 50
    assert client("DELETE", "/Users/1").status_code == 429
    now[0] += 59
    assert client("DELETE", "/Users/1").status_code == 429, "a minute since the last request it is not"
    now[0] += 60
    assert client("DELETE", "/Users/1").status_code == 404
    assert client.http.get("/_control/peaks").json() == {"light": 1, "heavy": 2, "auth": 0, "refused": 3}
    client.http.post("/_control/penalty", json={"group": "light"})
    client.switch(retry_after=False, rate_headers=False)
    answer = client("GET", "/Users")
    assert answer.status_code == 429 and not {one for one in answer.headers if one.startswith(("x-rate", "retry"))}
    del client.simulator.state.clock


SWITCHES: dict[str, tuple[Json, Json, int, str]] = {
    "licences": ({"licences": 1}, person(), 403, "License limit"),
    "unknown_attributes": ({"unknown_attributes": "refused"}, person(displayName="A"), 400, "displayName"),
    "server_phones_sent": ({"server_phones_sent": "refused"}, person(phoneNumbers=[NUMBER]), 400, "phoneNumbers"),
    "scim_enabled": ({"scim_enabled": False}, person(), 403, "not enabled"),
    "conflict_body": ({"conflict_body": "platform"}, person("bob@example.com"), 409, "CMN-101"),
    "region_demanded": ({"region_demanded": False}, person(addresses=[{"type": "work", "country": "US"}]), 201, "ada@"),
    "country_shown": ({"country_shown": "code"}, person(addresses=[US]), 201, '"country": "US"'),
    "login_case": ({"login_case": "lower"}, person("ADA@example.com"), 201, '"userName": "ada@example.com"'),
    "server_phones": ({"server_phones": "none"}, person(), 201, '"phoneNumbers": []'),
    "rate_limit": ({"rate_limit": 1}, person(), 201, "ada@"),
}  # fmt: skip


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_changes_what_happens_to_a_create(client: Client, name: str) -> None:
    switches, body, status, says = SWITCHES[name]
    client.made("bob@example.com")
    client.switch(**switches)
    answer = client("POST", "/Users", body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    if name == "rate_limit":
        assert client("POST", "/Users", body).status_code == 429


def test_the_other_switches(client: Client) -> None:
    made = client.made(externalId="e")
    client.switch(external_id="dropped", delete_effect="disabled", filter_case="exact", not_found_body="platform")
    assert "externalId" not in client("PUT", f"/Users/{made['id']}", person(externalId="e")).json()
    assert client("GET", '/Users?filter=userName eq "ADA@example.com"').json()["totalResults"] == 0
    assert client("DELETE", f"/Users/{made['id']}").status_code == 204
    assert client("GET", f"/Users/{made['id']}").json()["active"] is False
    assert client("GET", "/Users/1").json()["errorCode"] == "CMN-102"
    client.made("bob@example.com")
    client.switch(short_list_items=False, max_count=1, discovery="missing", patch="simple")
    listed = client("GET", "/Users").json()
    assert (listed["totalResults"], listed["itemsPerPage"]) == (2, 1) and "phoneNumbers" in listed["Resources"][0]
    assert client("GET", "/ServiceProviderConfig").status_code == 404
    many = {"op": "replace", "path": "emails", "value": []}
    assert client.patch(made["id"], many).status_code == 400


def test_every_switch_is_tried() -> None:
    rates = {"light", "heavy", "auth", "minute_seconds", "rate_headers", "retry_after", "token_life"}
    others = {"external_id", "delete_effect", "filter_case", "not_found_body", "short_list_items", "max_count"}
    here = rates | others | {"discovery", "patch"}
    everywhere = {one.name for one in fields(http.Switches)}
    assert {one.name for one in fields(Switches)} == here | SWITCHES.keys() | everywhere


def test_wrong_control_calls_are_refused_with_a_sentence(client: Client) -> None:
    for path, body in (("penalty", {"group": "x"}), ("switches", {"minute_seconds": 0}), ("switches", {"patch": "no"})):
        answer = client.http.post(f"/_control/{path}", json=body)
        assert (answer.status_code, answer.json()["error"][-1]) == (400, ".")
    client.http.post("/_control/seed", json={"count": 3})
    assert client.http.get("/_control/state").json()["enabled"] == 3
    client.http.post("/_control/revoke")
