"""The adapter for RICOH behind the engine: what its pages tell of it, and both forms of what they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from adapters.ricoh import RicohAdapter, RicohSettings
from scim_adapter import Denied, Unavailable
from simulators.http import Fault
from simulators.ricoh import Simulator, running
from tests.adapters.scim_profiles import ENTERPRISE
from tests.adapters.vendor_wire import Open, VendorGateway, gateways

LOGIN = "ada@example.com"
MAIL = [{"type": "work", "value": LOGIN}]
ADA: dict[str, Any] = {"externalId": "o-1", "emails": MAIL}
OFFICE = 'addresses[type eq "work"].formatted'
CARD = "urn:ietf:params:scim:schemas:extension:ricoh:2.0:User"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Open]:
    async with gateways(server, connect, match=("externalId",)) as opened:
        yield opened


def connect(server: Simulator, /, **settings: Any) -> RicohAdapter:
    values = {"endpoint": server.url, "access_token": server.token} | settings
    return RicohAdapter(RicohSettings.model_validate(values))


async def person(gateway: VendorGateway, number: int) -> str:
    """Somebody else, and her id."""
    login = f"p{number}@example.com"
    made = await gateway.create(login, externalId=f"p-{number}", emails=[{"type": "work", "value": login}])
    assert made.status == 201, made.body
    return made.id


# -- settings ---------------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no address", {"endpoint": "ricoh"}, "starts with https://"),
    ("in the open", {"endpoint": "http://scim.ricoh.example/x"}, "on this machine only"),
    ("no token", {"access_token": ""}, "one word in ASCII"),
    ("one that is sent anyway", {"extra_attributes": ["userName"]}, "userName is sent anyway"),
    ("one that SCIM has not", {"extra_attributes": ["department"]}, "no such attribute of a User"),
    ("one that is no path", {"extra_attributes": ["a b"]}, "no such attribute of a User"),
    ("one of them twice", {"extra_attributes": ["title", "title"]}, "an attribute is there twice"),
    ("nothing", {"extra_attributes": [" "]}, "at least 1 character"),
    ("a typing error", {"groups": True}, "Extra inputs"),
]


@pytest.mark.parametrize(("why", "change", "says"), WRONG, ids=[row[0] for row in WRONG])
def test_settings_that_are_wrong_are_refused(why: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        RicohSettings.model_validate({"endpoint": "https://ricoh.example/x", "access_token": "t"} | change)


def test_what_is_pasted_may_have_blanks_around_it() -> None:
    pasted = RicohSettings.model_validate({"endpoint": " https://ricoh.example/x/ ", "access_token": "t0ken\n"})
    assert (pasted.endpoint, pasted.access_token.get_secret_value()) == ("https://ricoh.example/x", "t0ken")


# -- what the vendor tells --------------------------------------------------------------------------------------------


async def test_a_life_with_ricoh(gateway: Open) -> None:
    one = gateway()
    made = await one.create(LOGIN, **ADA, displayName="Ada", title="Engineer", name={"givenName": "Ada"})
    assert set(made.headers["x-scimgate-ignored"].split(", ")) == {"title", "displayName", "name"}
    [body] = one.bodies("POST")
    assert body.keys() == {"schemas", "externalId", "userName", "active", "emails"}, "nothing else is sent"
    assert body["active"] is True
    one.calls()
    found = await one.send("GET", "/Users", query='filter=externalId eq "o-1"')
    assert [user["id"] for user in found.body["Resources"]] == [made.id]
    assert one.calls() == {"GET /Users": 1}
    renamed = await one.replace(made.id, {"userName": "ada.l@example.com"})
    assert (renamed.status, list(one.users)) == (200, ["ada.l@example.com"])
    assert (await one.replace(made.id, {"active": "False"})).body["active"] is False
    assert one.bodies("PATCH")[-1]["Operations"] == [{"op": "replace", "path": "active", "value": False}]
    assert (await one.replace(made.id, {"active": "True"})).body["active"] is True
    assert (await one.send("GET", "/Groups")).status == 404
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    again = await one.create("ada.l@example.com", **ADA)
    assert (again.status, len(one.users), again.id != made.id) == (201, 1, True)


LACKING: list[tuple[str, dict[str, Any], str]] = [
    ("no objectId", {"externalId": None}, "externalId"),
    ("no address", {"emails": []}, "emails"),
    ("a private address only", {"emails": [{"type": "home", "value": LOGIN}]}, "emails"),
]


@pytest.mark.parametrize(("why", "change", "named"), LACKING, ids=[row[0] for row in LACKING])
async def test_whoever_lacks_something_is_refused_before_ricoh_is_asked(
    gateway: Open, why: str, change: dict[str, Any], named: str
) -> None:
    one = gateway()
    refused = await one.create(LOGIN, **ADA | change)
    assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")
    assert named in refused.body["detail"]
    assert one.calls() == {}


@pytest.mark.parametrize("mode", ["ignore", "reject"])
async def test_only_what_the_screen_lists_is_sent(gateway: Open, mode: str) -> None:
    one = gateway({"extra_attributes": [f"{ENTERPRISE}:department", OFFICE, f"{CARD}:cardId"]})
    one.switch(unknown_attributes=mode, extra_attributes=["department", "addresses", "cardId"])
    more = {ENTERPRISE: {"department": "Engines", "costCenter": "X"}, CARD: {"cardId": "17"}}
    made = await one.create(LOGIN, **ADA, title="Dr", addresses=[{"type": "work", "formatted": "Tower"}], **more)
    assert made.status == 201, made.body
    account = one.users[LOGIN]
    assert (account[ENTERPRISE], account[CARD]) == ({"department": "Engines"}, {"cardId": "17"})
    assert account["addresses"] == [{"type": "work", "formatted": "Tower"}]
    changed = await one.replace(made.id, {"title": "X", f"{CARD}:cardId": "18", OFFICE: "Hut"})
    assert (changed.status, changed.body[CARD]) == (200, {"cardId": "18"})
    assert one.users[LOGIN]["addresses"][0]["formatted"] == "Hut"


async def test_both_keys_recognise_a_person(gateway: Open) -> None:
    one = gateway()
    await one.create(LOGIN, **ADA)
    other = await one.create("ada.l@example.com", **ADA)
    assert (other.status, other.body["scimType"]) == (409, "uniqueness"), "the same person under another login"
    taken = await one.create(LOGIN, externalId="o-2", emails=MAIL)
    assert (taken.status, len(one.users)) == (409, 1), "another person under the same login"


async def test_a_user_made_by_hand_is_adopted_if_the_connection_says_so(gateway: Open, server: Simulator) -> None:
    server.state.scim().add("Users", {"schemas": [], "userName": LOGIN, "active": True, "emails": MAIL})
    assert (await gateway().create(LOGIN, **ADA)).status == 409
    one = gateway(on_conflict="adopt")
    taken = await one.create(LOGIN, **ADA)
    assert (taken.status, one.users[LOGIN]["externalId"], len(one.users)) == (201, "o-1", 1)


async def test_a_token_that_was_issued_again_is_said_to_be_wrong(gateway: Open) -> None:
    one = gateway({"access_token": "an-older-one"})
    with pytest.raises(Denied, match="issued again or deleted"):
        await one.adapter.check()
    answer = await one.send("GET", "/Users", query='filter=externalId eq "o-1"')
    assert answer.status == 502 and "an-older-one" not in str(answer.body)


# -- who is disabled may be gone --------------------------------------------------------------------------------------

HABITS: dict[str, dict[str, Any]] = {
    "answering with the person": {},
    "answering with 204": {"patch_status": 204},
    "by PUT": {"patch_supported": False},
    "in another form of 404": {"patch_status": 204, "not_found_body": "json"},
}


@pytest.mark.parametrize("habit", HABITS)
async def test_a_disabled_user_who_is_gone_is_no_error(gateway: Open, habit: str) -> None:
    one = gateway()
    one.switch(deactivate_behaviour="delete", **HABITS[habit])
    made = await one.create(LOGIN, **ADA)
    off = await one.replace(made.id, {"active": "False"})
    assert (off.status, off.body["active"], one.users) == (200, False, {})
    assert off.body["userName"] == LOGIN
    assert (await one.send("GET", f"/Users/{made.id}")).status == 404
    back = await one.create(LOGIN, **ADA)
    assert (back.status, back.body["active"], len(one.users)) == (201, True, 1)


async def test_a_disable_whose_answer_was_lost_is_no_error_either(gateway: Open) -> None:
    one = gateway()
    one.switch(deactivate_behaviour="delete")
    made = await one.create(LOGIN, **ADA)
    one.switch(timeout_after_write=1)
    one.calls()
    off = await one.replace(made.id, {"active": "False"})
    assert (off.status, off.body["active"], one.users) == (200, False, {})
    assert one.calls()["PATCH /Users/{id}"] == 2, "the repetition met nobody"


@pytest.mark.parametrize("on_delete", ["disable", "delete"])
async def test_a_delete_leaves_nobody(gateway: Open, on_delete: str) -> None:
    one = gateway(on_delete=on_delete)
    one.switch(deactivate_behaviour="delete")
    made = await one.create(LOGIN, **ADA)
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    assert one.users == {}
    assert [(await one.send(verb, f"/Users/{made.id}")).status for verb in ("GET", "DELETE")] == [404, 404]
    again = await one.create(LOGIN, **ADA)
    assert (again.status, len(one.users)) == (201, 1), again.body
    assert again.id != made.id


async def test_a_person_who_is_gone_for_another_reason_is_404(gateway: Open) -> None:
    one = gateway()
    made = await one.create(LOGIN, **ADA)
    one.vendor.state.scim().remove("Users", one.users[LOGIN]["id"])
    assert (await one.replace(made.id, {"active": "False"})).status == 404


# -- what the vendor does not tell ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["refused", "ignored"])
async def test_a_login_is_found_without_a_search_for_it(gateway: Open, mode: str) -> None:
    one = gateway()
    one.switch(user_name_filter=mode, max_count=2)
    for number in range(5):
        await person(one, number)
    one.calls()
    found = await one.send("GET", "/Users", query='filter=userName eq "P4@example.com"')
    assert [user["userName"] for user in found.body["Resources"]] == ["p4@example.com"]
    assert one.calls() == {"GET /Users": 3}, "the list, two at a time"
    assert (await one.create("P4@example.com", **ADA)).status == 409
    await one.adapter.check()


async def test_a_search_that_is_refused_is_tried_once(gateway: Open) -> None:
    one = gateway()
    one.switch(user_name_filter="refused")
    await person(one, 1)
    assert [entry["status"] for entry in one.vendor.state.requests if entry["method"] == "GET"].count(400) == 1
    await person(one, 2)
    assert [entry["status"] for entry in one.vendor.state.requests if entry["method"] == "GET"].count(400) == 1


async def test_a_search_by_the_matching_attribute_that_is_refused_is_an_outage(gateway: Open) -> None:
    one = gateway(read_deadline=2.0)
    told = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400"}'
    one.vendor.state.faults.append(Fault.of({"operation": "GET", "status": 400, "body": told, "times": 9}))
    assert (await one.send("GET", "/Users", query='filter=externalId eq "o-1"')).status == 503


async def test_a_server_without_patch_gets_the_whole(gateway: Open) -> None:
    one = gateway({"extra_attributes": [f"{ENTERPRISE}:department"]})
    one.switch(patch_supported=False)
    made = await one.create(LOGIN, **ADA, **{ENTERPRISE: {"department": "Engines"}})
    assert (await one.replace(made.id, {f"{ENTERPRISE}:department": "Sales"})).status == 200
    account = one.users[LOGIN]
    assert (account[ENTERPRISE], account["externalId"], account["emails"]) == ({"department": "Sales"}, "o-1", MAIL)


@pytest.mark.parametrize("search", ["honoured", "refused"])
async def test_a_create_that_answers_nothing_is_looked_for(gateway: Open, search: str) -> None:
    one = gateway()
    one.switch(create_answer="empty", user_name_filter=search)
    made = await one.create(LOGIN, **ADA)
    assert (made.status, made.body["userName"]) == (201, LOGIN)
    assert (await one.send("GET", f"/Users/{made.id}")).status == 200


@pytest.mark.parametrize("status", [409, 400, 500])
async def test_what_is_taken_is_a_conflict(gateway: Open, status: int) -> None:
    one = gateway()
    one.switch(duplicate_status=status)
    first, second = await person(one, 1), await person(one, 2)
    assert first != second
    answer = await one.replace(second, {"externalId": "p-1"})
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert "externalId" in answer.body["detail"]


async def test_groups_if_they_are_wanted(gateway: Open) -> None:
    one = gateway({"sync_groups": True})
    one.switch(groups="on")
    ids = [await person(one, number) for number in range(3)]
    staff = await one.group("Staff", ids[0], ids[1])
    assert staff.status == 201, staff.body
    change = {"op": "Remove", "path": "members", "value": [{"value": ids[0]}]}
    assert (await one.patch(f"/Groups/{staff.id}", change)).status == 204
    change = {"op": "Add", "path": "members", "value": [{"value": ids[2]}]}
    assert (await one.patch(f"/Groups/{staff.id}", change)).status == 204
    [group] = one.vendor.state.state()["groups"]
    logins = {user["id"]: login for login, user in one.users.items()}
    assert sorted(logins[member["value"]] for member in group["members"]) == ["p1@example.com", "p2@example.com"]
    one.switch(patch_supported=False)
    assert (await one.patch(f"/Groups/{staff.id}", change)).status == 501
    assert (await one.send("DELETE", f"/Groups/{staff.id}")).status == 204


async def test_groups_that_ricoh_does_not_have_are_an_outage_that_says_what_to_do(gateway: Open) -> None:
    one = gateway({"sync_groups": True}, read_deadline=2.0)
    answer = await one.send("GET", "/Groups", query='filter=displayName eq "Staff"')
    assert answer.status == 503 and "sync_groups" in answer.body["detail"]


async def test_another_endpoint_is_told(gateway: Open, server: Simulator) -> None:
    one = gateway({"endpoint": f"{server.url}/elsewhere"})
    with pytest.raises(Unavailable, match="check endpoint"):
        await one.adapter.check()
