"""The quirks of three vendors, as far as their pages tell them, can be said in a profile; a life with each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import stamina
from pydantic import BaseModel, ConfigDict, SecretStr

from scim_adapter import New
from scim_adapter.scim_backend import ScimBackend, bearer, load
from simulators.scim import Simulator, running
from tests.adapters.scim_profiles import COUNTRY, ENTERPRISE, MOBILE, WORK, write
from tests.adapters.scim_wire import Gateway
from tests.scim.harness import Answer

LOGIN, MAIL = "ada@example.com", [{"type": "work", "value": "ada@example.com"}]
NAMES: dict[str, Any] = {"name.givenName": {"required": True}, "name.familyName": {"required": True}}

RINGCENTRAL: tuple[dict[str, Any], dict[str, Any]] = (
    {"groups": False, "patch": "simple", "filters": ["userName", "emails"], "filter_or": False, "active_default": False,
     "short_lists": ["addresses", "phoneNumbers"], "rewrite": {"country": {"US": "United States"}}, "licences": 1,
     "server_values": {"phoneNumbers": [{"type": "work", "value": "+16505550100"}, {"type": "other", "value": "146"}]}},
    {"name": "RingCentral", "update": "simple-patch", "id_pattern": "[0-9]+", "active": {"absent": False},
     "users": {"attributes": {
         "userName": {"required": True, "unique": True, "filter": "eq"}, WORK: {"same_as": "userName"}, **NAMES,
         "active": {}, "externalId": {}, "title": {}, MOBILE: {"listed": False},
         COUNTRY: {"listed": False, "rewrite": {"US": "United States"}}, f"{ENTERPRISE}:department": {}}},
     "rates": {"light": {"limit": 50, "seconds": 60, "methods": ["GET"]},
               "heavy": {"limit": 10, "seconds": 60, "methods": ["POST", "PUT", "PATCH", "DELETE"]}},
     "rules": [{"status": 403, "detail": "licen[cs]e limit", "means": "out_of_quota"}]},
)  # fmt: skip
RFPIO: tuple[dict[str, Any], dict[str, Any]] = (
    {"groups": False, "delete": False, "immutable": ["userName"], "create_only": ["roles", "costCenter"],
     "conflict_status": 400, "not_found_body": "json", "patch_status": 204},
    {"name": "RFPIO", "delete": False, "not_found": "json",
     "users": {"attributes": {
         "userName": {"required": True, "unique": True, "filter": "eq", "mutable": "create"},
         WORK: {"same_as": "userName", "mutable": "create"}, **NAMES, "active": {}, "externalId": {}, "title": {},
         "roles": {"mutable": "create", "readable": False, "default": [{"value": "TEAM_MEMBER"}]},
         f"{ENTERPRISE}:costCenter": {"mutable": "create", "default": "APAC"}}},
     "rules": [{"status": 400, "detail": "exist|already|duplicate", "means": "exists"}]},
)  # fmt: skip
RICOH: tuple[dict[str, Any], dict[str, Any]] = (
    {"groups": False, "required": ["externalId", "emails"], "filters": ["externalId"], "on_disable": "deleted"},
    {"name": "RICOH", "active": {"on_disable": "deleted"},
     "users": {"attributes": {
         "userName": {"required": True, "unique": True}, "externalId": {"required": True, "filter": "eq-exact"},
         "active": {}, WORK: {"required": True}, f"{ENTERPRISE}:department": {},
         'addresses[type eq "work"].formatted': {}}}},
)  # fmt: skip
Open = Callable[..., Gateway]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def vendor(server: Simulator, tmp_path: Path) -> AsyncIterator[Open]:
    server.store.reset()
    opened: list[Gateway] = []

    def open(quirks: tuple[dict[str, Any], dict[str, Any]], **options: Any) -> Gateway:
        switches, document = quirks
        server.store.switches.set(switches)
        opened.append(Gateway(server, tmp_path, document, **options))
        return opened[-1]

    with stamina.set_testing(True, attempts=2, cap=True):
        yield open
    for one in opened:
        await one.adapter.aclose()


async def written(gateway: Gateway, id: str, values: dict[str, Any], status: int = 200) -> Answer:
    gateway.calls()
    answer = await gateway.replace(id, values)
    assert answer.status == status, answer.body
    return answer


async def test_a_life_with_ringcentral(vendor: Open) -> None:
    one = vendor(RINGCENTRAL)
    more: dict[str, Any] = {
        "phoneNumbers": [{"type": "mobile", "value": "+1"}],
        "name": {"givenName": "A", "familyName": "L"},
    }
    made = await one.create(LOGIN, emails=MAIL, addresses=[{"type": "work", "country": "US"}], **more)
    assert made.body["addresses"][0]["country"] == "US"
    assert [phone["value"] for phone in made.body["phoneNumbers"]] == ["+1"], "the server's own numbers are not shown"
    await written(one, made.id, {"active": "False", "title": "Dr"})
    assert one.calls() == {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1}
    await written(one, made.id, {MOBILE: "+2", COUNTRY: "US"})
    assert one.calls() == {"GET /Users/{id}": 1, "PUT /Users/{id}": 1}
    await written(one, made.id, {COUNTRY: "US", MOBILE: "+2"})
    assert one.calls() == {"GET /Users/{id}": 1}, "a country that was rewritten is not written in every cycle"
    moved = await written(one, made.id, {"userName": "eve@example.com", WORK: "eve@example.com"})
    assert one.users["eve@example.com"]["emails"] == [{"type": "work", "value": "eve@example.com"}]
    assert (moved.body["emails"][0]["value"], moved.body["active"]) == ("eve@example.com", False)
    await one.create("bob@example.com", **more)
    refused = await one.create("carol@example.com", **more)
    assert (refused.status, "licence" in refused.body["detail"]) == (400, True)


class AcmeSettings(BaseModel):
    """What a vendor calls things."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tenant: str
    scim_token: SecretStr


class AcmeAdapter(ScimBackend[AcmeSettings]):
    """An adapter for one vendor: a profile beside it, and settings in the vendor's words."""

    Settings = AcmeSettings
    profiles = Path()

    def __init__(self, settings: AcmeSettings) -> None:
        address, token = f"{settings.tenant}/scim/v2", settings.scim_token.get_secret_value()
        super().__init__(settings, load(self.profiles / "profile.toml"), address, bearer(token))


async def test_an_adapter_for_one_vendor_is_a_subclass(server: Simulator, tmp_path: Path) -> None:
    server.store.reset()
    write(tmp_path, RFPIO[1])
    AcmeAdapter.profiles = tmp_path
    token = SecretStr(server.account.token)
    one = AcmeAdapter(AcmeSettings(tenant=server.url.removesuffix("/scim/v2"), scim_token=token))
    await one.check()
    [users] = one.resources()
    assert (users.declares("delete"), users.declares("update")) == (False, True)
    made = await users.create(New({"userName": LOGIN, "name.givenName": "A", "name.familyName": "L"}))
    assert isinstance(made, dict) and made["userName"] == LOGIN
    await one.aclose()


async def test_a_life_with_rfpio(vendor: Open) -> None:
    one = vendor(RFPIO)
    names = {"name": {"givenName": "A", "familyName": "L"}}
    made = await one.create(LOGIN, emails=MAIL, **names)
    account = one.users[LOGIN]
    assert (account["roles"], account[ENTERPRISE]) == ([{"value": "TEAM_MEMBER"}], {"costCenter": "APAC"})
    assert (await written(one, made.id, {"userName": "eve@example.com"}, 400)).body["scimType"] == "mutability"
    late = await written(one, made.id, {f"{ENTERPRISE}:costCenter": "EMEA", "title": "Dr"})
    assert (late.headers["x-scimgate-ignored"], late.body["title"]) == (f"{ENTERPRISE}:costCenter", "Dr")
    assert (await one.create(LOGIN, emails=MAIL, **names, title="X")).status == 409
    assert (await one.send("DELETE", f"/Users/{made.id}")).status == 204
    assert one.users[LOGIN]["active"] is False
    again = await one.create(LOGIN, emails=MAIL, **names)
    assert (again.status, one.users[LOGIN]["active"], len(one.users)) == (201, True, 1)
    assert again.id != made.id


async def test_a_life_with_ricoh(vendor: Open) -> None:
    one = vendor(RICOH, match=("externalId",))
    lacking = await one.create(LOGIN, externalId="o-1")
    assert (lacking.status, one.calls()) == (400, {}), "a person without an address is refused before anything is asked"
    made = await one.create(LOGIN, externalId="o-1", emails=MAIL, displayName="Ada")
    assert made.headers["x-scimgate-ignored"] == "displayName"
    assert set(one.users[LOGIN]) == {"userName", "externalId", "active", "emails", "schemas", "id", "meta"}
    found = await one.send("GET", "/Users", query='filter=externalId eq "o-1"')
    assert [user["id"] for user in found.body["Resources"]] == [made.id]
    renamed = await one.create("ada.l@example.com", externalId="o-1", emails=MAIL)
    assert (renamed.status, len(one.users)) == (409, 1), "the same person under another login"
    off = await written(one, made.id, {"active": "False"})
    assert (off.body["active"], one.users) == (False, {})
    back = await one.create(LOGIN, externalId="o-1", emails=MAIL)
    assert (back.status, back.body["active"]) == (201, True)
