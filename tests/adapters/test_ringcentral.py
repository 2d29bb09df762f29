"""The adapter for RingCentral behind the engine: what its pages tell of it, and both forms of what they do not."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from adapters.ringcentral import RingCentralAdapter, RingCentralSettings
from scim_adapter import Denied
from simulators.http import Fault
from simulators.ringcentral import Simulator, running
from tests.adapters.scim_profiles import COUNTRY, ENTERPRISE, MOBILE, WORK
from tests.adapters.vendor_wire import Open, VendorGateway, gateways

LOGIN = "ada@example.com"
UNLIMITED = {"light": 9000, "heavy": 9000, "auth": 9000}
"""What the headers tell, so that nobody waits."""
REGION, DEPARTMENT = 'addresses[type eq "work"].region', f"{ENTERPRISE}:department"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Open]:
    async with gateways(server, connect) as opened:
        server.state.switches.set(UNLIMITED)
        yield opened


def client(server: Simulator) -> dict[str, Any]:
    """The settings of the JWT flow."""
    known = server.credentials
    return {"client_id": known.client_id, "client_secret": known.client_secret, "jwt": known.jwt}


def connect(server: Simulator, /, **settings: Any) -> RingCentralAdapter:
    values = {"server": server.server_url, **({} if "jwt" in settings else {"scim_token": server.token})}
    return RingCentralAdapter(RingCentralSettings.model_validate(values | settings))


def person(login: str = LOGIN, /, **more: Any) -> dict[str, Any]:
    """What Entra sends of somebody, as far as RingCentral demands it."""
    body = {"userName": login, "emails": [{"type": "work", "value": login}]}
    return {**body, "name": {"givenName": "Ada", "familyName": "Love"}, **more}


# -- settings ---------------------------------------------------------------------------------------------------------

SERVERS: list[tuple[str, str, str]] = [
    ("the host", "https://platform.devtest.ringcentral.com", "https://platform.devtest.ringcentral.com"),
    ("with a slash", "https://Platform.ringcentral.com/", "https://platform.ringcentral.com"),
    ("the tutorial's Tenant URL", " https://platform.ringcentral.com/scim/v2/ ", "https://platform.ringcentral.com"),
    ("this machine", "http://127.0.0.1:8914/scim/v2", "http://127.0.0.1:8914"),
]


@pytest.mark.parametrize(("why", "given", "address"), SERVERS, ids=[row[0] for row in SERVERS])
def test_a_server_is_a_host(why: str, given: str, address: str) -> None:
    assert RingCentralSettings.model_validate({"server": given, "scim_token": "t"}).server == address


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no host", {"server": "https://"}, "starts with https://"),
    ("another path", {"server": "https://platform.ringcentral.com/restapi"}, "without a path"),
    ("in the open", {"server": "http://platform.ringcentral.com"}, "on this machine only"),
    ("no credentials", {"scim_token": None}, "none of them"),
    ("both kinds", {"client_id": "a", "client_secret": "b", "jwt": "c"}, "scim_token alone"),
    ("half a client", {"scim_token": None, "client_id": "a", "jwt": "c"}, "given are client_id, jwt"),
    ("two tokens", {"scim_token": "a b"}, "one word in ASCII"),
    ("letters of another kind", {"scim_token": "s-ключ"}, "one word in ASCII"),
    ("a spelling that there is not", {"countries": "flags"}, "'codes' or 'names'"),
    ("a typing error", {"own_acount": "a"}, "Extra inputs"),
]


@pytest.mark.parametrize(("why", "change", "says"), WRONG, ids=[row[0] for row in WRONG])
def test_settings_that_are_wrong_are_refused(why: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        RingCentralSettings.model_validate({"scim_token": "t"} | change)
    assert "s-ключ" not in str(refused.value)


def test_the_fourteen_attributes_of_the_vendors_tutorial_are_there_and_no_other(server: Simulator) -> None:
    address = [f'addresses[type eq "work"].{part}' for part in
               ("country", "region", "locality", "postalCode", "streetAddress")]  # fmt: skip
    names = ["name.givenName", "name.familyName", MOBILE, DEPARTMENT]
    [users] = connect(server).resources()
    assert list(users.fields) == ["userName", "externalId", "active", "title", WORK, *address, *names]


# -- what the vendor tells --------------------------------------------------------------------------------------------


async def test_a_life_with_ringcentral(gateway: Open) -> None:
    one = gateway()
    one.switch(unknown_attributes="refused", server_phones_sent="refused")
    more: dict[str, Any] = {
        "displayName": "Ada",
        "externalId": "e-1",
        "phoneNumbers": [{"type": "mobile", "value": "+1"}],
    }
    address = {"type": "work", "country": "US", "region": "CA", "locality": "Belmont"}
    made = await one.create(LOGIN, **person(**more, addresses=[address], **{ENTERPRISE: {"department": "Sales"}}))
    assert (made.status, made.headers["x-scimgate-ignored"]) == (201, "displayName")
    [sent] = one.bodies("POST")
    assert sent["active"] is True, "RingCentral would take its absence for false"
    assert [phone["value"] for phone in made.body["phoneNumbers"]] == ["+1"], "RingCentral's own are not shown"
    assert made.body["addresses"][0]["country"] == "US"
    one.calls()
    assert (await one.replace(made.id, {"title": "Dr", "name.familyName": "Lovelace"})).status == 200
    assert one.calls() == {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1}
    assert (await one.replace(made.id, {MOBILE: "+2"})).body["phoneNumbers"][0]["value"] == "+2"
    [body] = one.bodies("PUT")
    assert body["phoneNumbers"] == [{"type": "mobile", "value": "+2"}], "the direct number is not sent back"
    assert (body["externalId"], body["active"]) == ("e-1", True), "what a PUT leaves out is lost"
    assert "primary" not in json.dumps(body)
    moved = await one.replace(made.id, {"userName": "eve@example.com", WORK: "eve@example.com", "active": "False"})
    assert (moved.status, moved.body["active"]) == (200, False)
    account = one.users["eve@example.com"]
    assert account["emails"] == [{"type": "work", "value": "eve@example.com"}]
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    again = await one.create("eve@example.com", **person("eve@example.com"))
    assert (again.status, one.users["eve@example.com"]["active"], len(one.users)) == (201, True, 1)
    assert again.id != made.id


async def test_a_user_name_is_the_work_address(gateway: Open) -> None:
    one = gateway()
    mail = [{"type": "work", "value": "ada.love@example.com"}]
    refused = await one.send("POST", "/Users", {**person(), "emails": mail})
    assert (refused.status, one.calls()) == (400, {}), "before anything is asked"
    assert all(name in refused.body["detail"] for name in ("userName", WORK))
    made = await one.send("POST", "/Users", {**person(), "userName": "Ada@example.com"})
    assert made.status == 201, "capitals make no difference"
    refused = await one.replace(made.id, {"userName": "a@x.example", WORK: "b@x.example"})
    assert refused.status == 400 and "PUT /Users/{id}" not in one.calls()
    moved = await one.replace(made.id, {"userName": "new@example.com"})
    assert moved.body["emails"][0]["value"] == "new@example.com", "the address follows"
    lacking = await one.send("POST", "/Users", {"userName": "bob@example.com", "name": person()["name"]})
    assert (lacking.status, lacking.body["emails"][0]["value"]) == (201, "bob@example.com")


async def test_a_user_name_may_be_kept_beside_the_address(gateway: Open) -> None:
    one = gateway({"user_name": "keep"})
    body = {**person("ada.love@example.com"), "userName": "ada@corp.example"}
    made = await one.send("POST", "/Users", body)
    assert (made.status, made.body["userName"]) == (201, "ada@corp.example")
    assert made.body["emails"][0]["value"] == "ada.love@example.com" and list(one.users) == ["ada.love@example.com"]
    assert one.calls() == {"GET /Users": 2, "POST /Users": 1}, "the page says: one more"
    for query in ('filter=userName eq "ADA@corp.example"', 'filter=emails eq "ada.love@example.com"'):
        found = await one.send("GET", "/Users", query=query)
        assert [user["id"] for user in found.body["Resources"]] == [made.id]
    one.calls()
    assert (await one.send("GET", "/Users", query='filter=userName eq "nobody"')).body["totalResults"] == 0
    assert one.calls() == {"GET /Users": 1}, "Test Connection gets to RingCentral"
    named = await one.replace(made.id, {"userName": "lovelace@corp.example"})
    assert (named.body["userName"], one.calls()) == ("lovelace@corp.example", {"GET /Users/{id}": 1, "GET /Users": 1})
    moved = await one.replace(made.id, {WORK: "lovelace@example.com", "title": "Dr"})
    assert (moved.body["userName"], list(one.users)) == ("lovelace@corp.example", ["lovelace@example.com"])
    for login, mail in (("lovelace@corp.example", "b@example.com"), ("b@corp.example", "Lovelace@example.com")):
        refused = await one.send("POST", "/Users", {**person(mail), "userName": login})
        assert (refused.status, len(one.users)) == (409, 1)
    lacking = await one.send("POST", "/Users", {"userName": "bob@corp.example", "name": person()["name"]})
    assert (lacking.status, WORK in lacking.body["detail"]) == (400, True)
    one.vendor.state.store.add("Users", {**person("old@example.com"), "active": True})
    old = (await one.send("GET", "/Users", query='filter=userName eq "old@example.com"')).body["Resources"]
    assert [user["userName"] for user in old] == ["old@example.com"], "who was there before has the address as a name"
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    again = await one.send("POST", "/Users", {**person("lovelace@example.com"), "userName": "l@corp.example"})
    assert (again.status, again.body["userName"], len(one.users)) == (201, "l@corp.example", 2)


SPELLINGS = ["US", "United States", "USA", "United States of America"]


@pytest.mark.parametrize("shown", ["name", "code"])
@pytest.mark.parametrize(("countries", "seen"), [("codes", "US"), ("names", "United States")])
async def test_a_country_in_any_spelling_is_written_once(gateway: Open, countries: str, seen: str, shown: str) -> None:
    one = gateway({"countries": countries})
    one.switch(country_shown=shown)
    made = await one.create(LOGIN, **person(addresses=[{"type": "work", "country": SPELLINGS[0], "region": "CA"}]))
    assert one.bodies("POST")[-1]["addresses"][0]["country"] == "US"
    one.calls()
    for spelling in SPELLINGS:
        again = await one.replace(made.id, {COUNTRY: spelling, REGION: "CA"})
        assert (again.status, again.body["addresses"][0]["country"]) == (200, seen)
        assert one.calls() == {"GET /Users/{id}": 1}, f"{spelling} is what is there"
    moved = await one.replace(made.id, {COUNTRY: "Germany"})
    assert moved.body["addresses"][0]["country"] == {"US": "DE"}.get(seen, "Germany")
    assert one.bodies("PUT")[0]["addresses"][0]["country"] == "DE"
    odd = await one.replace(made.id, {COUNTRY: "Atlantis"})
    assert odd.body["addresses"][0]["country"] == "Atlantis", "what has no code is taken as it is"


async def test_an_address_without_a_region_is_refused_by_name(gateway: Open) -> None:
    one = gateway()
    refused = await one.send("POST", "/Users", person(addresses=[{"type": "work", "country": "GB"}]))
    assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")
    assert REGION in refused.body["detail"] and "demands a region" in refused.body["detail"]
    taken = await one.send("POST", "/Users", person(addresses=[{"type": "work", "country": "GB", "region": "Kent"}]))
    assert taken.status == 201, "the claim of the name that was refused is free again"


async def test_who_finds_no_licence_fails_alone(gateway: Open) -> None:
    one = gateway()
    one.switch(licences=1)
    await one.create(LOGIN, **person())
    refused = await one.create("bob@example.com", **person("bob@example.com"))
    assert (refused.status, "licence limit is reached" in refused.body["detail"]) == (400, True)
    off = await one.create("eve@example.com", **person("eve@example.com", active=False))
    assert off.status == 201, "who is disabled costs none"
    assert (await one.replace(off.id, {"active": "True"})).status == 400
    one.switch(licences=2)
    assert (await one.create("bob@example.com", **person("bob@example.com"))).status == 201


async def test_lists_are_completed_only_for_who_asks(gateway: Open) -> None:
    one = gateway()
    for number in range(3):
        await one.create(f"p{number}@x.example", **person(f"p{number}@x.example", phoneNumbers=[
            {"type": "mobile", "value": f"+{number}"}]))  # fmt: skip
    one.calls()
    spare = await one.send("GET", "/Users", query="excludedAttributes=addresses,phoneNumbers")
    assert (spare.body["totalResults"], one.calls()) == (3, {"GET /Users": 1})
    some = await one.send("GET", "/Users", query="attributes=userName,active")
    assert (len(some.body["Resources"]), one.calls()) == (3, {"GET /Users": 1})
    whole = await one.send("GET", "/Users")
    assert [user["phoneNumbers"][0]["value"] for user in whole.body["Resources"]] == ["+0", "+1", "+2"]
    assert one.calls() == {"GET /Users": 1, "GET /Users/{id}": 3}
    found = await one.send("GET", "/Users", query='filter=userName eq "p1@x.example"&attributes=id')
    assert (found.body["totalResults"], one.calls()) == (1, {"GET /Users": 1})


async def test_the_own_account_is_left_alone(gateway: Open) -> None:
    one = gateway({"own_account": "Admin@example.com"})
    one.vendor.state.store.add("Users", {**person("admin@example.com"), "active": True})
    found = await one.send("GET", "/Users", query='filter=userName eq "admin@example.com"')
    id = found.body["Resources"][0]["id"]
    assert (await one.replace(id, {"active": "False"})).body["scimType"] == "mutability"
    assert (await one.send("DELETE", f"/Users/{id}")).status == 400
    assert one.users["admin@example.com"]["active"] is True


# -- credentials ------------------------------------------------------------------------------------------------------


async def test_a_token_is_fetched_by_jwt_and_kept(gateway: Open, server: Simulator) -> None:
    one = gateway(client(server))
    for _ in range(3):
        await one.send("GET", "/Users", query='filter=userName eq "x"')
    assert one.calls() == {"POST /restapi/oauth/token": 1, "GET /Users": 3}
    server.state.tokens.clear()
    assert (await one.create(LOGIN, **person())).status == 201, "one that was revoked is fetched anew"
    assert one.calls() == {"POST /restapi/oauth/token": 1, "GET /Users": 2, "POST /Users": 1}


@pytest.mark.parametrize("wrong", [{"jwt": "another.jwt.credential"}, {"client_secret": "another-s3cret"}])
async def test_a_refused_client_is_denied(gateway: Open, server: Simulator, wrong: dict[str, Any]) -> None:
    one = gateway(client(server) | wrong)
    with pytest.raises(Denied, match="token endpoint refuses"):
        await one.adapter.check()
    assert one.calls() == {"POST /restapi/oauth/token": 1}, "and not asked again at once"


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("a wrong token", {"scim_token": "another-t0ken"}, {}, "check scim_token"),
    ("SCIM is off", {}, {"scim_enabled": False}, "SCIM is off"),
]


@pytest.mark.parametrize(("why", "settings", "switches", "says"), REFUSALS, ids=[row[0] for row in REFUSALS])
async def test_the_operators_mistakes_are_502_with_a_sentence(
    gateway: Open, why: str, settings: dict[str, Any], switches: dict[str, Any], says: str
) -> None:
    one = gateway(settings)
    one.switch(**switches)
    answer = await one.send("GET", "/Users", query='filter=userName eq "x"')
    assert (answer.status, says in answer.body["detail"]) == (502, True)


async def test_secrets_are_in_no_address_and_no_log(
    gateway: Open, server: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [server.token, server.credentials.client_secret, server.credentials.jwt, "another-t0ken"]
    for settings in ({}, client(server), {"scim_token": "another-t0ken"}):
        one = gateway(settings)
        await one.create(LOGIN, **person())
        await one.send("GET", "/Users", query='filter=userName eq "x"')
    targets = json.dumps([one["target"] for one in server.state.requests])
    issued = [f"issued-{number}" for number in range(1, 4)]
    assert [secret for secret in (*secrets, *issued) if secret in targets or secret in caplog.text] == []
    assert LOGIN not in caplog.text


# -- bad days ---------------------------------------------------------------------------------------------------------


async def test_a_create_whose_answer_was_lost_makes_one_account(gateway: Open) -> None:
    one = gateway()
    one.switch(timeout_after_write=1)
    assert (await one.create(LOGIN, **person())).status == 503
    assert one.calls()["POST /Users"] == 1, "a POST is not repeated blindly"
    again = await one.create(LOGIN, **person())
    assert (again.status, len(one.users), one.calls()["POST /Users"]) == (201, 1, 0)


@pytest.mark.parametrize("body", ["scim", "platform"])
async def test_who_is_gone_is_404_and_an_outage_is_not(gateway: Open, body: str) -> None:
    one = gateway()
    one.switch(not_found_body=body)
    made = await one.create(LOGIN, **person())
    one.vendor.state.faults.append(Fault("GET", status=404, body="<html>gone</html>"))
    assert (await one.send("GET", f"/Users/{made.id}")).status == 503
    unknown = json.dumps({"errorCode": "CMN-120", "message": "Invalid URI"})
    one.vendor.state.faults.append(Fault("GET", status=404, body=unknown))
    assert (await one.send("GET", f"/Users/{made.id}")).status == 503, "the platform has no such address"
    with one.vendor.lock:
        one.vendor.state.store.remove("Users", next(iter(one.vendor.state.store.resources["Users"])))
    assert (await one.send("GET", f"/Users/{made.id}")).status == 404
    assert (await one.replace(made.id, {"title": "X"})).status == 404


@pytest.mark.parametrize("body", ["scim", "platform"])
async def test_a_taken_address_is_409(gateway: Open, body: str) -> None:
    one = gateway()
    one.switch(conflict_body=body, filter_case="exact")
    one.vendor.state.store.add("Users", {**person("Bob@Example.com"), "active": True})
    taken = await one.create("bob@example.com", **person("bob@example.com"))
    assert (taken.status, taken.body["scimType"]) == (409, "uniqueness"), "a search that minds case did not show it"


async def test_who_is_not_said_to_be_active_is_not(gateway: Open) -> None:
    one = gateway()
    one.vendor.state.store.add("Users", person())
    found = await one.send("GET", "/Users", query=f'filter=userName eq "{LOGIN}"')
    [user] = found.body["Resources"]
    assert user["active"] is False, "as RingCentral takes its absence"
    await one.replace(user["id"], {MOBILE: "+1"})
    assert one.bodies("PUT")[-1]["active"] is False, "it is sent always"
    assert (await one.replace(user["id"], {"active": "True"})).body["active"] is True


async def test_an_answer_that_leads_elsewhere_is_not_followed(server: Simulator) -> None:
    """`meta.location` names another host, over http."""
    seen: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        reply = server.answer(
            request.method, request.url.raw_path.decode(), dict(request.headers), request.content, "1"
        )
        return httpx.Response(reply.status, content=reply.body, headers=reply.headers)

    server.state.reset()
    settings = RingCentralSettings.model_validate({"scim_token": server.token})
    one = VendorGateway(server, RingCentralAdapter(settings, transport=httpx.MockTransport(answer)))
    made = await one.create(LOGIN, **person())
    assert (await one.send("GET", f"/Users/{made.id}")).status == 200
    assert {url.partition("/scim/v2/")[0] for url in seen} == {"https://platform.ringcentral.com"}
    await one.adapter.aclose()
