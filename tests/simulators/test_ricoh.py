"""The RICOH simulator does what the vendor's pages tell, and each switch changes what its name says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulators.ricoh import Simulator, running
from simulators.ricoh.switches import Switches
from tests.simulators.scim_client import CORE, ENTERPRISE, GROUP
from tests.simulators.test_rfpio import VendorClient, replace

LOGIN = "ada@example.com"
MAIL = [{"type": "work", "value": LOGIN}]
ADA: dict[str, Any] = {"schemas": [CORE], "externalId": "o-1", "userName": LOGIN, "active": True, "emails": MAIL}
TITLE = {"schemas": [], "Operations": [replace("title", "Dr"), replace("userName", LOGIN)]}


@pytest.fixture(scope="module")
def started() -> Iterator[VendorClient]:
    with running() as simulator:
        client = VendorClient(simulator)
        yield client
        client.http.close()


@pytest.fixture
def ricoh(started: VendorClient) -> VendorClient:
    started.control("POST", "reset")
    return started


def made(ricoh: VendorClient, **values: Any) -> dict[str, Any]:
    answer = ricoh.send("POST", "/Users", {**ADA, **values})
    assert answer.status_code == 201, answer.text
    person: dict[str, Any] = answer.json()
    return person


def test_a_life_at_an_endpoint_of_ones_own() -> None:
    with Simulator("t", endpoint="api/tenants/4711/scim/").serving() as simulator:
        ricoh = VendorClient(simulator)
        assert simulator.url.endswith("/api/tenants/4711/scim")
        person = made(ricoh, active="True")
        assert person["meta"]["location"] == f"{simulator.url}/Users/{person['id']}"
        assert person["active"] is True
        assert ricoh.find('externalId eq "o-1"') == [LOGIN] == ricoh.find(f'userName eq "{LOGIN}"')
        user = f"/Users/{person['id']}"
        off = ricoh.patch(user, replace("active", "False"), replace(f"{ENTERPRISE}:department", "X")).json()
        assert (off["active"], off[ENTERPRISE]) == (False, {"department": "X"})
        assert ricoh.send("DELETE", user).status_code == 204
        assert ricoh.send("GET", user).status_code == 404
        assert ricoh.send("GET", "/Groups").status_code == 404
        ricoh.http.close()


RULES: list[tuple[str, dict[str, Any], int, str]] = [
    ("no externalId", {"externalId": ""}, 400, "invalidValue"),
    ("no login", {"userName": None}, 400, "invalidValue"),
    ("nothing about active", {"active": None}, 400, "invalidValue"),
    ("no address", {"emails": []}, 400, "invalidValue"),
    ("a private address only", {"emails": [{"type": "home", "value": LOGIN}]}, 400, "invalidValue"),
    ("addresses that are none", {"emails": LOGIN}, 400, "invalidValue"),
    ("disabled", {"active": False}, 201, ""),
]


@pytest.mark.parametrize(("why", "change", "status", "scim_type"), RULES, ids=[row[0] for row in RULES])
def test_four_attributes_are_required(
    ricoh: VendorClient, why: str, change: dict[str, Any], status: int, scim_type: str
) -> None:
    assert ricoh.refused("POST", "/Users", {**ADA, **change}) == (status, scim_type)


def test_both_keys_are_unique(ricoh: VendorClient) -> None:
    made(ricoh)
    other = made(ricoh, externalId="o-2", userName="eve@example.com")
    assert ricoh.refused("POST", "/Users", {**ADA, "userName": "x@example.com"}) == (409, "uniqueness")
    assert ricoh.refused("POST", "/Users", {**ADA, "externalId": "o-3"}) == (409, "uniqueness")
    for change in (replace("externalId", "o-1"), {"op": "add", "value": {"externalId": "o-1"}}):
        assert ricoh.patch(f"/Users/{other['id']}", change).status_code == 409
    assert ricoh.patch(f"/Users/{other['id']}", replace("externalId", "o-2")).status_code == 200


@pytest.mark.parametrize("way", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("mode", ["ignore", "reject"])
def test_what_the_screen_does_not_list(ricoh: VendorClient, way: str, mode: str) -> None:
    user = f"/Users/{made(ricoh)['id']}" if way != "POST" else "/Users"
    ricoh.set(unknown_attributes=mode)
    extra: dict[str, Any] = {"title": "Dr", ENTERPRISE: {"department": "X", "costCenter": "Y"}}
    body = TITLE if way == "PATCH" else {**ADA, **extra}
    answer = ricoh.send(way, user, body)
    assert answer.status_code == (400 if mode == "reject" else 201 if way == "POST" else 200)
    people = ricoh.control("GET", "state")["users"]
    assert all("title" not in one for one in people)
    if mode == "ignore" and way != "PATCH":
        assert people[0][ENTERPRISE] == {"department": "X"}


def test_other_attributes_may_be_listed(ricoh: VendorClient) -> None:
    ricoh.set(extra_attributes=["cardId"], unknown_attributes="reject")
    card = "urn:ietf:params:scim:schemas:extension:ricoh:2.0:User"
    person = made(ricoh, **{card: {"cardId": "17"}})
    assert person[card] == {"cardId": "17"}
    assert ricoh.patch(f"/Users/{person['id']}", replace(f"{card}:cardId", "18")).json()[card] == {"cardId": "18"}
    assert ricoh.refused("POST", "/Users", {**ADA, ENTERPRISE: {"department": "X"}}) == (400, "invalidValue")
    assert ricoh.send("PATCH", f"/Users/{person['id']}", {"Operations": []}).status_code == 400
    assert ricoh.send("PATCH", f"/Users/{person['id']}", {"Operations": [5]}).status_code == 400


@pytest.mark.parametrize(("mode", "status", "found"), [("honoured", 200, 1), ("refused", 400, 0), ("ignored", 200, 2)])
def test_a_search_by_login(ricoh: VendorClient, mode: str, status: int, found: int) -> None:
    ricoh.control("POST", "seed", {"users": [ADA, {**ADA, "userName": "eve@example.com", "externalId": "o-2"}]})
    ricoh.set(user_name_filter=mode)
    answer = ricoh.send("GET", f'/Users?filter=userName eq "{LOGIN}"')
    assert (answer.status_code, len(answer.json().get("Resources", []))) == (status, found)
    assert ricoh.find('externalId eq "o-2"') == ["eve@example.com"], "the matching attribute can always be searched"


SWITCHED: dict[str, tuple[dict[str, Any], tuple[str, str, Any], int]] = {
    "patch_supported": ({"patch_supported": False}, ("PATCH", "/Users/{id}", TITLE), 501),
    "patch_status": ({"patch_status": 204}, ("PATCH", "/Users/{id}", TITLE), 204),
    "delete_supported": ({"delete_supported": False}, ("DELETE", "/Users/{id}", None), 501),
    "duplicate_status": ({"duplicate_status": 500}, ("POST", "/Users", ADA), 500),
    "not_found_body": ({"not_found_body": "json"}, ("GET", "/Users/0", None), 404),
    "discovery": ({"discovery": "missing"}, ("GET", "/Schemas", None), 404),
    "groups": ({"groups": "on"}, ("POST", "/Groups", {"schemas": [GROUP], "displayName": "Staff"}), 201),
}


@pytest.mark.parametrize("name", SWITCHED)
def test_a_switch_does_what_it_says(ricoh: VendorClient, name: str) -> None:
    switches, (method, path, body), status = SWITCHED[name]
    id = made(ricoh)["id"]
    ricoh.set(**switches)
    answer = ricoh.send(method, path.replace("{id}", id), body)
    assert answer.status_code == status
    assert name != "not_found_body" or answer.json() == {"message": "Not found"}


@pytest.mark.parametrize("status", [200, 204])
def test_who_is_disabled_may_be_gone(ricoh: VendorClient, status: int) -> None:
    id = made(ricoh)["id"]
    ricoh.set(deactivate_behaviour="delete", patch_status=status)
    assert ricoh.patch(f"/Users/{id}", replace("active", "False")).status_code == status
    assert ricoh.send("GET", f"/Users/{id}").status_code == 404


def test_a_create_may_answer_nothing_and_a_page_be_small(ricoh: VendorClient) -> None:
    ricoh.set(create_answer="empty", max_count=1)
    answer = ricoh.send("POST", "/Users", ADA)
    assert (answer.status_code, answer.content) == (201, b"")
    ricoh.control("POST", "seed", {"count": 1})
    assert len(ricoh.send("GET", "/Users?count=5").json()["Resources"]) == 1


def test_every_switch_is_tried() -> None:
    elsewhere = {"user_name_filter", "unknown_attributes", "extra_attributes", "deactivate_behaviour", "choices"}
    assert Switches.__annotations__.keys() <= {*SWITCHED, *elsewhere, "create_answer", "max_count"}


@pytest.mark.parametrize("wrong", [{"max_count": 0}, {"groups": True}, {"extra_attributes": "x"}, {"nonsense": 1}])
def test_a_switch_that_is_wrong_is_refused(ricoh: VendorClient, wrong: dict[str, Any]) -> None:
    assert "error" in ricoh.control("POST", "switches", wrong, 400)
