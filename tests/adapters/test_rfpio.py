"""The adapter for RFPIO behind the engine: what its pages tell of it, and both forms of what they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from adapters.rfpio import RfpioAdapter, RfpioSettings
from scim_adapter import Denied, Exists, Field, New
from simulators.http import Fault
from simulators.rfpio import Simulator, running
from simulators.rfpio.server import REST, REST_TOKEN
from tests.adapters.scim_profiles import ENTERPRISE, WORK
from tests.adapters.vendor_wire import Open, gateways

LOGIN = "ada@example.com"
MAIL = [{"type": "work", "value": LOGIN}]
COST_CENTER = f"{ENTERPRISE}:costCenter"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Open]:
    async with gateways(server, connect) as opened:
        yield opened


def connect(server: Simulator, /, **settings: Any) -> RfpioAdapter:
    values = {"base_url": server.url, "scim_token": server.token} | settings
    return RfpioAdapter(RfpioSettings.model_validate(values))


# -- settings ---------------------------------------------------------------------------------------------------------

AT = "/rfpserver/scim/v2"
ADDRESSES: list[tuple[str, str, str]] = [
    ("a name", "acme", f"https://acme.rfpio.com{AT}"),
    ("the name in the tutorial", "Azure-test1 ", f"https://azure-test1.rfpio.com{AT}"),
    ("the address", f"https://acme.rfpio.com{AT}", f"https://acme.rfpio.com{AT}"),
    ("with the blank of the tutorial's text", f"https://acme.rfpio.com{AT} ", f"https://acme.rfpio.com{AT}"),
    ("with a slash", f"https://acme.rfpio.com{AT}/", f"https://acme.rfpio.com{AT}"),
    ("a host", "acme.rfpio.com", f"https://acme.rfpio.com{AT}"),
    ("without a path", "https://app.rfpio.com/", f"https://app.rfpio.com{AT}"),
    ("this machine", "http://127.0.0.1:8915/x", "http://127.0.0.1:8915/x"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "given", "address"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_a_tenant_is_a_name_or_an_address(why: str, given: str, address: str) -> None:
    assert RfpioSettings.model_validate({"base_url": given, "scim_token": "s-1"}).base_url == address


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no tenant", {"base_url": " "}, "the tenant's name"),
    ("an underscore", {"base_url": "my_tenant"}, "the tenant's name"),
    ("a sentence", {"base_url": "acme corp."}, "an address that starts with https://"),
    ("in the open", {"base_url": "http://acme.rfpio.com"}, "on this machine only"),
    ("a login", {"base_url": "https://ada:x@acme.rfpio.com"}, "no login"),
    ("a question", {"base_url": "https://acme.rfpio.com/?x=1"}, "no question mark"),
    ("another scheme", {"base_url": "ftp://acme.rfpio.com"}, "an address that starts with https://"),
    ("a port that is none", {"base_url": "https://acme.rfpio.com:99999"}, "an address that starts with https://"),
    ("no token", {"scim_token": " "}, "one word in ASCII"),
    ("two tokens", {"scim_token": "s-1 s-2"}, "one word in ASCII"),
    ("letters of another kind", {"scim_token": "s-ключ"}, "one word in ASCII"),
    ("a typing error", {"buisness_unit": "APAC"}, "Extra inputs"),
]


@pytest.mark.parametrize(("why", "change", "says"), WRONG, ids=[row[0] for row in WRONG])
def test_settings_that_are_wrong_are_refused(why: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        RfpioSettings.model_validate({"base_url": "acme", "scim_token": "s-1"} | change)
    assert "s-ключ" not in str(refused.value)


# -- what the vendor tells --------------------------------------------------------------------------------------------


async def test_a_life_with_rfpio(gateway: Open) -> None:
    one = gateway({"default_role": "TEAM_MEMBER", "business_unit": "APAC"})
    names = {"name": {"givenName": "A", "familyName": "L"}}
    made = await one.create(LOGIN, emails=MAIL, externalId="e-1", displayName="Ada", title="Engineer", **names)
    assert made.headers["x-scimgate-ignored"] == "displayName"
    assert (made.body["externalId"], made.body["title"]) == ("e-1", "Engineer")
    account = one.users[LOGIN]
    assert (account["roles"], account[ENTERPRISE]) == ([{"value": "TEAM_MEMBER"}], {"costCenter": "APAC"})
    assert (account["emails"], account["active"]) == ([{"type": "work", "value": LOGIN}], True)
    one.calls()
    assert (await one.replace(made.id, {"title": "Dr", "name.familyName": "Lovelace"})).status == 200
    assert one.calls() == {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1}
    assert (await one.replace(made.id, {"active": "False"})).body["active"] is False
    assert (await one.create(LOGIN, emails=MAIL)).status == 409, "whoever is deactivated keeps the address"
    assert (await one.replace(made.id, {"active": "True"})).body["active"] is True
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    assert one.users[LOGIN]["active"] is False
    again = await one.create(LOGIN, emails=MAIL, **names)
    assert (again.status, again.id != made.id, one.users[LOGIN]["active"], len(one.users)) == (201, True, True, 1)
    assert (await one.send("GET", "/Groups")).status == 404


LATE: list[tuple[str, dict[str, Any], str]] = [
    ("a role", {"roles": [{"value": "RFP_ADMIN"}]}, "roles"),
    ("a role as Entra names it", {'roles[primary eq "True"].value': "RFP_ADMIN"}, "roles"),
    ("a business unit", {COST_CENTER: "EMEA"}, COST_CENTER),
]


@pytest.mark.parametrize(("why", "values", "named"), LATE, ids=[row[0] for row in LATE])
async def test_role_and_business_unit_are_for_new_users(
    gateway: Open, why: str, values: dict[str, Any], named: str
) -> None:
    one = gateway({"default_role": "TEAM_MEMBER"})
    sent = {"roles": [{"value": "RFP_MANAGER"}], ENTERPRISE: {"costCenter": "APAC"}}
    made = await one.create(LOGIN, emails=MAIL, **sent)
    account = one.users[LOGIN]
    assert (account["roles"], account[ENTERPRISE]) == (sent["roles"], sent[ENTERPRISE]), "the client's before ours"
    one.calls()
    late = await one.replace(made.id, {**values, "title": "Dr"})
    assert (late.status, late.headers["x-scimgate-ignored"], late.body["title"]) == (200, named, "Dr")
    [patch] = one.bodies("PATCH")
    assert [operation["path"] for operation in patch["Operations"]] == ["title"]
    assert one.users[LOGIN]["roles"] == sent["roles"]


async def test_the_tenants_own_defaults_are_left_to_it(gateway: Open) -> None:
    one = gateway()
    await one.create(LOGIN, emails=MAIL)
    [body] = one.bodies("POST")
    assert not body.keys() & {"roles", ENTERPRISE}
    assert one.users[LOGIN]["roles"] == [{"value": "TEAM_MEMBER"}], "the tenant's Default User Role"


MOVES: list[Any] = [
    ("another login", {"userName": "eve@example.com"}, 400),
    ("another address", {WORK: "eve@example.com"}, 200),
    ("both", {"userName": "eve@example.com", WORK: "eve@example.com"}, 400),
    ("the login in other capitals", {"userName": "Ada@Example.com"}, 200),
    ("the address in other capitals", {WORK: "ADA@example.com"}, 200),
]


@pytest.mark.parametrize(("why", "values", "status"), MOVES)
async def test_the_login_never_changes(gateway: Open, why: str, values: dict[str, Any], status: int) -> None:
    one = gateway()
    made = await one.create(LOGIN, emails=MAIL)
    one.calls()
    answer = await one.replace(made.id, values)
    assert answer.status == status, answer.body
    assert one.calls() == {"GET /Users/{id}": 1}, "nothing is sent"
    assert one.users.keys() == {LOGIN}
    if status == 400:
        assert answer.body["scimType"] == "mutability"
    else:
        assert answer.headers["x-scimgate-ignored"] == next(iter(values)), "and that is told"


async def test_a_login_and_an_address_that_differ_are_named(gateway: Open) -> None:
    one = gateway()
    answer = await one.create(LOGIN, emails=[{"type": "work", "value": "eve@example.com"}])
    assert answer.status == 400
    assert "userName" in answer.body["detail"] and "emails" in answer.body["detail"]
    assert (one.calls(), one.users) == ({}, {})


async def test_a_login_alone_is_the_address_too(gateway: Open) -> None:
    one = gateway()
    await one.create(LOGIN)
    assert one.users[LOGIN]["emails"] == MAIL


async def test_scim_that_is_off_is_said_to_be_off(gateway: Open) -> None:
    one = gateway()
    one.switch(scim_enabled=False)
    with pytest.raises(Denied, match="Auto User Provisioning is off"):
        await one.adapter.check()
    answer = await one.send("GET", "/Users", query=f'filter=userName eq "{LOGIN}"')
    assert answer.status == 502 and "Auto User Provisioning is off" in answer.body["detail"]


async def test_a_token_that_is_wrong_is_said_to_be_wrong(gateway: Open, server: Simulator) -> None:
    one = gateway({"scim_token": "s-another"})
    with pytest.raises(Denied, match="does not take the SCIM API token"):
        await one.adapter.check()
    answer = await one.create(LOGIN)
    assert answer.status == 502 and "s-another" not in str(answer.body)


async def test_the_gateways_own_account_stays(gateway: Open) -> None:
    one = gateway({"own_account": LOGIN})
    made = await one.create(LOGIN, emails=MAIL)
    assert (await one.replace(made.id, {"active": "False"})).status == 400
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 400
    assert one.users[LOGIN]["active"] is True


# -- what the vendor does not tell ------------------------------------------------------------------------------------


async def test_a_server_without_patch_gets_the_whole_from_then_on(gateway: Open) -> None:
    one = gateway()
    one.switch(patch_supported=False)
    made = await one.create(LOGIN, emails=MAIL, roles=[{"value": "RFP_ADMIN"}])
    one.calls()
    assert (await one.replace(made.id, {"title": "Dr"})).body["title"] == "Dr"
    assert one.calls() == {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1, "PUT /Users/{id}": 1}
    assert (await one.replace(made.id, {"active": "False"})).body["active"] is False
    assert one.calls() == {"GET /Users/{id}": 1, "PUT /Users/{id}": 1}
    account = one.users[LOGIN]
    assert (account["title"], account["roles"], account["emails"]) == ("Dr", [{"value": "RFP_ADMIN"}], MAIL)


@pytest.mark.parametrize("status", [409, 400, 500])
async def test_an_address_that_is_taken_meanwhile_is_a_conflict(gateway: Open, status: int) -> None:
    one = gateway()
    one.switch(duplicate_status=status)
    users = one.adapter.resources()[0]
    await users.create(New({"userName": LOGIN}))
    one.calls()
    with pytest.raises(Exists) as taken:
        await users.create(New({"userName": "ADA@example.com"}))
    assert (taken.value.field, one.calls(), len(one.users)) == ("userName", {"POST /Users": 1}, 1)


REFUSED = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "detail": "%s"}'


async def test_a_role_that_is_unknown_is_no_conflict(gateway: Open, server: Simulator) -> None:
    one = gateway()
    told = REFUSED % "The user role does not exist"
    server.state.faults.append(Fault.of({"operation": "POST", "status": 400, "body": told}))
    assert (await one.create(LOGIN)).body["scimType"] == "invalidValue"


async def test_a_delete_that_is_refused_says_what_to_do(gateway: Open) -> None:
    one = gateway(on_delete="delete")
    made = await one.create(LOGIN)
    one.switch(delete_supported=False)
    refused = await one.send("DELETE", f"/Users/{made.id}")
    assert refused.status == 501 and 'on_delete = "disable"' in refused.body["detail"]
    one.switch(delete_supported=True)
    assert ((await one.send("DELETE", f"/Users/{made.id}")).status, one.users) == (204, {})


SILENT: dict[str, dict[str, Any]] = {
    "answers with 204, and to a create with nothing": {"patch_status": 204, "create_answer": "empty"},
    "has no externalId, and numbers for statuses": {"echo_external_id": False, "status_as_number": True},
    "lists two at a time, has no discovery": {"max_count": 2, "discovery": "missing", "not_found_body": "json"},
}


@pytest.mark.parametrize("habit", SILENT)
async def test_a_server_that(gateway: Open, habit: str) -> None:
    one = gateway()
    one.switch(**SILENT[habit])
    made = await one.create(LOGIN, emails=MAIL, externalId="e-1")
    assert (made.status, made.body["externalId"]) == (201, "e-1"), made.body
    for number in range(4):
        assert (await one.create(f"p{number}@example.com", externalId=f"p-{number}")).status == 201
    assert (await one.replace(made.id, {"title": "Dr", "externalId": "e-2"})).body["title"] == "Dr"
    found = await one.send("GET", "/Users", query='filter=externalId eq "e-2"')
    assert [user["id"] for user in found.body["Resources"]] == [made.id]
    assert (await one.send("GET", "/Users", query="filter=title pr")).body["totalResults"] == 1
    start, seen = 1, 0
    while seen < 5:
        page = (await one.send("GET", "/Users", query=f"startIndex={start}&count=100")).body
        assert page["totalResults"] == 5 and page["Resources"]
        start, seen = start + len(page["Resources"]), seen + len(page["Resources"])
    await one.adapter.check()
    one.vendor.state.store.remove("Users", one.users[LOGIN]["id"])
    assert (await one.send("GET", f"/Users/{made.id}")).status == 404


async def test_external_ids_may_go_to_rfpio_too(gateway: Open) -> None:
    one = gateway(rows={"externalId": Field("externalId")})
    await one.create(LOGIN, externalId="e-1")
    assert one.users[LOGIN]["externalId"] == "e-1"


async def test_a_user_of_the_rest_api_is_found_and_adopted(gateway: Open, server: Simulator) -> None:
    one = gateway(on_conflict="adopt")
    async with httpx.AsyncClient(trust_env=False) as client:
        headers = {"authorization": f"Bearer {REST_TOKEN}"}
        body = {"userName": LOGIN, "userRole": "RFP_ADMIN", "firstName": "Ada"}
        told = await client.post(f"http://{server.host}{REST}", json=body, headers=headers)
        assert told.status_code == 200
    taken = await one.create(LOGIN, emails=MAIL, roles=[{"value": "TEAM_MEMBER"}], title="Dr")
    assert (taken.status, one.users[LOGIN]["title"]) == (201, "Dr")
    assert one.users[LOGIN]["roles"] == [{"value": "RFP_ADMIN"}], "a role is never changed"


async def test_an_outage_never_looks_like_a_person_who_is_gone(gateway: Open, server: Simulator) -> None:
    one = gateway(read_deadline=2.0)
    made = await one.create(LOGIN)
    for fault in ({"status": 404}, {"status": 503}, {"status": 200}, {"cut": True}):
        server.state.faults.append(Fault.of({"operation": "GET", "times": 9, **fault}))
        assert (await one.send("GET", f"/Users/{made.id}")).status == 503, fault
        server.state.faults.clear()
