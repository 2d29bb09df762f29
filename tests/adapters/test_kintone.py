"""The Kintone adapter under the engine: what clients send arrives in Kintone, and what Kintone says arrives at them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from adapters.kintone import KintoneAdapter, KintoneSettings
from adapters.kintone.records import KINDS, password
from gateway.stores.memory import MemoryStore
from scim_adapter import Change, Condition, Get, Gone, NotFound, Query
from simulators.kintone import Simulator, Site, running
from simulators.kintone.switches import CHOICES
from tests.adapters.kintone_wire import ADA, Gateway
from tests.adapters.opening import opening
from tests.scim.harness import PATCH_OP, Answer

TOKEN = "token-of-the-common-administration"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(Site(token=TOKEN)) as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Callable[..., Gateway]]:
    """A gateway with the given settings before an empty site."""
    server.site.reset()
    server.site.basic = ""
    async with opening(partial(Gateway, server)) as opened:
        yield opened


PERSON: dict[str, Any] = {
    "displayName": "Ada Lovelace",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": ADA, "primary": True}],
    "externalId": "7c0e",
    "active": True,
}


async def test_a_create_has_all_that_kintone_wants(gateway: Callable[..., Gateway], server: Simulator) -> None:
    one = gateway({"services": ["garoon", "kintone"], "default_timezone": "Europe/Berlin", "default_locale": "ja"})
    made = await one.create(**PERSON)
    assert made.status == 201
    account = one.accounts[ADA]
    assert (account["name"], account["surName"], account["givenName"], account["email"]) == (
        "Ada Lovelace", "Lovelace", "Ada", ADA)  # fmt: skip
    assert (account["valid"], account["services"]) == (True, ["kintone", "garoon"])
    assert (account["timezone"], account["locale"]) == ("Europe/Berlin", "ja")
    [stored] = [user for user in server.site.users.values() if user.code == ADA]
    assert len(stored.password) == 24
    assert all(set(kind) & set(stored.password) for kind in KINDS)
    assert {name: made.body[name] for name in PERSON} == PERSON
    assert made.body["meta"]["created"] == account["ctime"]
    assert (await one.send("GET", f"/Users/{made.id}")).body == made.body


async def test_control_characters_that_kintone_takes_out_are_no_difference(gateway: Callable[..., Gateway]) -> None:
    one = gateway({"custom_items": {"title": "jobTitle"}})
    sent = {"displayName": "Ada\x07 Lovelace", "name.givenName": "A\x00da", "title": "Count\x1fess"}
    id = (await one.create(title="Countess")).id
    await one.replace(id, sent)
    one.calls()
    again = await one.replace(id, sent)
    assert (again.body["displayName"], again.body["title"]) == ("Ada Lovelace", "Countess")
    assert [call for call in one.calls() if not call.startswith("GET")] == []


def test_passwords_are_long_mixed_and_never_twice_the_same() -> None:
    made = {password(12) for _ in range(300)}
    assert len(made) == 300
    assert all(len(one) == 12 and all(set(kind) & set(one) for kind in KINDS) for one in made)


async def test_an_update_always_says_whether_the_user_is_enabled(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create(active=False)).id
    assert one.accounts[ADA]["valid"] is False
    await one.replace(id, {"displayName": "Countess"})
    assert (one.accounts[ADA]["name"], one.accounts[ADA]["valid"]) == ("Countess", False)
    renamed = await one.replace(id, {"userName": "countess@example.com", "name.familyName": "King"})
    assert (renamed.status, renamed.id) == (200, id)
    assert one.accounts["countess@example.com"]["valid"] is False


async def test_an_account_that_is_enabled_is_enabled_last(gateway: Callable[..., Gateway], server: Simulator) -> None:
    one = gateway(EXACT)
    id = (await one.create(active=False)).id
    one.calls()
    await one.replace(id, {"userName": "b@example.com", "active": True})
    writes = [request["operation"] for request in server.site.requests if request["write"]]
    assert writes == ["PUT users/codes", "PUT users"]
    assert one.accounts["b@example.com"]["valid"] is True
    server.site.requests.clear()
    await one.replace(id, {"userName": "c@example.com", "active": False})
    assert [request["operation"] for request in server.site.requests if request["write"]] == writes[::-1]


EXACT = {"find_case_variants": False}


async def test_a_disable_is_not_undone_by_a_change_at_the_same_time(gateway: Callable[..., Gateway]) -> None:
    """The change of a name has read the user enabled; it must not say so after another process has disabled it."""
    store = MemoryStore()
    one, other = gateway(store=store), gateway(store=store)
    id = (await one.create(active=True)).id
    await other.send("GET", f"/Users/{id}")
    tasks: list[asyncio.Task[Answer]] = []

    async def meanwhile() -> None:
        tasks.append(asyncio.create_task(other.replace(id, {"active": False})))
        await asyncio.wait(tasks, timeout=0.3)

    one.meddling.before("PUT", meanwhile)
    assert (await one.replace(id, {"displayName": "Countess"})).status == 200
    assert (await tasks[0]).body["active"] is False
    assert (one.accounts[ADA]["valid"], one.accounts[ADA]["name"]) == (False, "Countess")


@pytest.mark.parametrize("case_sensitive", [True, False])
@pytest.mark.parametrize("held", ["Ada@Example.com", "ada@example.com"])
@pytest.mark.parametrize("sent", ["ada@example.com", "ADA@EXAMPLE.COM", "aDa@eXample.com"])
async def test_an_account_is_not_made_twice_for_a_login_in_other_letters(
    gateway: Callable[..., Gateway], server: Simulator, sent: str, held: str, case_sensitive: bool
) -> None:
    one = gateway()
    server.site.switches.set({"code_case_sensitive": case_sensitive})
    server.site.add({"code": held, "name": "Ada"})
    assert (await one.create(sent)).status == 409
    adopting = gateway(on_conflict="adopt")
    taken = await adopting.create(sent, **PERSON)
    assert (taken.status, taken.body["userName"].lower()) == (201, "ada@example.com")
    assert len([code for code in one.accounts if code.lower() == "ada@example.com"]) == 1


@pytest.mark.parametrize("login", ["a\0da@example.com", "ada\r\n@example.com", "ada@example.com\x7f"])
async def test_a_login_that_kintone_would_change_is_refused_before_anything_is_written(
    gateway: Callable[..., Gateway], login: str
) -> None:
    one = gateway()
    refused = await one.create(login, **PERSON)
    assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")
    assert "userName" in refused.body["detail"]
    assert "POST users" not in one.calls()
    made = await one.create(**PERSON)
    renamed = await one.replace(made.id, {"displayName": "Another", "userName": login})
    assert (renamed.status, one.accounts[ADA]["name"]) == (400, "Ada Lovelace")


async def test_custom_items_hold_attributes_and_the_others_stay(gateway: Callable[..., Gateway]) -> None:
    one = gateway({"external_id_custom_item": "entraObjectId", "custom_items": {"title": "jobTitle"}})
    one.simulator.site.switches.set({"custom_items_replace": True})
    made = await one.create(**PERSON, title="Countess")
    assert (made.body["externalId"], made.body["title"]) == ("7c0e", "Countess")
    user = one.simulator.site.by_code(ADA)
    assert user is not None
    user.fields["customItemValues"].append({"code": "costCenter", "value": "17"})
    await one.replace(made.id, {"title": "Mathematician"})
    items = {item["code"]: item["value"] for item in one.accounts[ADA]["customItemValues"]}
    assert items == {"entraObjectId": "7c0e", "jobTitle": "Mathematician", "costCenter": "17"}
    found = await one.send("GET", "/Users", query="filter=externalId%20eq%20%227c0e%22")
    assert [user["id"] for user in found.body["Resources"]] == [made.id]
    cleared = await one.send("PATCH", f"/Users/{made.id}", {
        "schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]})  # fmt: skip
    assert "title" not in cleared.body


# -- a create that was cut off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        ("the create's answer was lost", {"operation": "POST users", "after_effect": True, "cut": True}),
        ("the services were refused for the moment", {"operation": "PUT users/services", "status": 503, "times": 3}),
        ("the services' answers were lost", {"operation": "PUT users/services", "after_effect": True, "cut": True,
                                             "times": 3}),
        ("the read-back failed", {"operation": "GET users", "status": 502, "times": 3}),
    ],
)  # fmt: skip
async def test_a_repeat_finishes_a_create_that_was_cut_off(
    gateway: Callable[..., Gateway], why: str, fault: dict[str, Any]
) -> None:
    one = gateway()
    if why == "the read-back failed":
        one.inject({"operation": "GET users", "status": 0, "times": 3})  # the look and the list before the create
    one.inject(fault)
    first = await one.create(**PERSON)
    assert first.status == 503
    assert ADA in one.accounts
    one.simulator.site.faults.clear()
    again = await one.create(**PERSON)
    assert again.status == 201
    assert one.accounts[ADA]["services"] == ["kintone"]
    assert len([code for code in one.accounts if code == ADA]) == 1
    assert (await one.send("GET", f"/Users/{again.id}")).body["externalId"] == "7c0e"


async def test_services_that_somebody_added_meanwhile_stay(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    one.inject({"operation": "PUT users/services", "status": 503, "times": 3})
    assert (await one.create(**PERSON)).status == 503
    user = one.simulator.site.by_code(ADA)
    assert user is not None
    user.services = ["garoon"]
    assert (await one.create(**PERSON)).status == 201
    assert one.accounts[ADA]["services"] == ["kintone", "garoon"]
    one.calls()
    users = one.adapter.users
    record = await users.get(Get(user.id))
    await users.update(Change(user.id, record, record, {}, fresh=True))
    assert one.calls() == {"GET users": 1, "GET users/services": 1}, "nothing is lacking, nothing is written"


async def test_an_unknown_service_is_the_operators_problem_and_no_orphan(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    body = '{"message": "x", "id": "1", "code": "CB_VA01", "errors": {"users.services": {"messages": ["x"]}}}'
    one.inject({"operation": "PUT users/services", "status": 400, "body": body})
    refused = await one.create(**PERSON)
    assert (refused.status, "check services" in refused.body["detail"]) == (502, True)
    assert (await one.create(**PERSON)).status == 201
    assert one.accounts[ADA]["services"] == ["kintone"]


@pytest.mark.parametrize(
    ("settings", "switches", "says"),
    [
        ({"custom_items": {"title": "noSuchItem"}}, {}, "check custom_items"),
        ({"default_timezone": "Mars"}, {}, "check default_timezone"),
        ({"password_length": 12}, {"password_policy": "long"}, "raise password_length"),
    ],
)
async def test_what_the_settings_name_wrongly_is_the_operators_problem(
    gateway: Callable[..., Gateway], settings: dict[str, Any], switches: dict[str, Any], says: str
) -> None:
    one = gateway(settings)
    one.simulator.site.switches.set(switches)
    refused = await one.create(title="Countess")
    assert (refused.status, says in refused.body["detail"]) == (502, True)
    assert ADA not in one.accounts


async def test_a_rename_whose_answer_was_lost_is_done(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create()).id
    one.inject({"operation": "PUT users/codes", "after_effect": True, "cut": True})
    renamed = await one.replace(id, {"userName": "lovelace@example.com"})
    assert (renamed.status, renamed.body["userName"]) == (200, "lovelace@example.com")
    assert ADA not in one.accounts


@pytest.mark.parametrize("locale", CHOICES["locale"])
async def test_a_login_that_was_changed_in_kintone_meanwhile_is_read_again(
    gateway: Callable[..., Gateway], locale: str
) -> None:
    """The code of the read is another user's or nobody's by now: nobody else may be written."""
    one = gateway()
    one.simulator.site.switches.set({"locale": locale})
    id = (await one.create()).id
    one.meddling.before("PUT", lambda: one.simulator.site.rename(ADA, "moved@example.com"))
    changed = await one.replace(id, {"displayName": "Countess"})
    assert (changed.status, changed.body["userName"]) == (200, "moved@example.com")
    assert one.accounts["moved@example.com"]["name"] == "Countess"


async def test_a_login_that_is_changed_just_before_a_delete_is_read_again(gateway: Callable[..., Gateway]) -> None:
    one = gateway(on_delete="delete")
    id = (await one.create()).id
    one.meddling.before("DELETE", lambda: one.simulator.site.rename(ADA, "moved@example.com"))
    assert (await one.send("DELETE", f"/Users/{id}")).status == 204
    assert not {ADA, "moved@example.com"} & one.accounts.keys()


async def test_nobody_is_enabled_because_kintone_did_not_say_whether_it_is(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create(active=False)).id
    [key] = [user.id for user in one.simulator.site.users.values() if user.code == ADA]
    body = json.dumps({"users": [{"id": key, "code": ADA, "name": "Ada"}]})
    one.inject({"operation": "GET users", "status": 200, "body": body, "times": 4})
    assert (await one.replace(id, {"displayName": "X"})).status == 503
    assert (one.accounts[ADA]["valid"], one.accounts[ADA]["name"]) == (False, ADA)


async def test_whoever_has_the_login_of_a_deleted_user_is_not_deleted_for_it(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    users = one.adapter.users
    await one.create()
    [old] = (await users.find(Query((Condition("code", "eq", (ADA,)),)))).records
    await users.delete(Gone(old["id"], old))
    await one.create("bob@example.com")
    one.simulator.site.rename("bob@example.com", ADA)
    with pytest.raises(NotFound):
        await users.delete(Gone(old["id"], old))
    assert ADA in one.accounts


# -- what Kintone says -------------------------------------------------------------------------------------------------

KEYS = ("users.code", "users[0].code")


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 520])
@pytest.mark.parametrize("locale", CHOICES["locale"])
@pytest.mark.parametrize("style", KEYS)
async def test_refusals_are_understood_in_every_language_and_form(
    gateway: Callable[..., Gateway], style: str, locale: str, status: int
) -> None:
    """Looked at by the adapter alone: the engine's own look would find the login first."""
    one = gateway(EXACT)
    site = one.simulator.site
    site.switches.set({"error_key_style": style, "locale": locale, "bad_request_status": status})
    id = (await one.create()).id
    await one.create("bob@example.com")
    taken = await one.replace(id, {"userName": "bob@example.com"})
    assert (taken.status, taken.body["scimType"]) == (409, "uniqueness")
    long = await one.replace(id, {"name.familyName": "x" * 65})
    assert (long.status, long.body["scimType"], "name.familyName" in long.body["detail"]) == (400, "invalidValue", True)
    site.users.pop(str(site.by_code(ADA).id))  # type: ignore[union-attr]
    assert (await one.replace(id, {"displayName": "X"})).status == 404


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("two factors", {"two_factor": True}, "two-factor"),
    ("two factors, older", {"two_factor": True, "auth_failure_status": 520}, "two-factor"),
    ("an address", {"ip_refused": True}, "check the addresses"),
]


@pytest.mark.parametrize(("why", "switches", "says"), REFUSALS, ids=[row[0] for row in REFUSALS])
async def test_credentials_that_are_refused_are_502(
    gateway: Callable[..., Gateway], why: str, switches: dict[str, Any], says: str
) -> None:
    one = gateway()
    id = (await one.create()).id
    one.simulator.site.switches.set(switches)
    for answer in (
        await one.send("GET", f"/Users/{id}"),
        await one.send("GET", "/Users", query="filter=userName%20eq%20%22x%22"),
        await one.create("bob@example.com"),
        await one.replace(id, {"displayName": "X"}),
        await one.send("DELETE", f"/Users/{id}"),
        await one.group("Sales"),
    ):
        assert (answer.status, says in answer.body["detail"]) == (502, True)


@pytest.mark.parametrize(
    ("why", "settings", "basic", "says"),
    [
        ("a wrong password", {"password": "wrong"}, "", "check login and password"),
        ("a wrong token", {"api_token": "wrong"}, "", "api_token"),
        ("a site's authentication", {}, "site:basic", "check basic_user"),
        ("a wrong one", {"basic_user": "site", "basic_password": "x"}, "site:basic", "check basic_user"),
    ],
)
async def test_wrong_credentials_are_502_and_told_apart(
    gateway: Callable[..., Gateway], why: str, settings: dict[str, Any], basic: str, says: str
) -> None:
    one = gateway(settings)
    one.simulator.site.basic = basic
    for status in (401, 520):
        one.simulator.site.switches.set({"auth_failure_status": status})
        answer = await one.send("GET", "/Users", query="filter=userName%20eq%20%22x%22")
        assert (answer.status, says in answer.body["detail"]) == (502, True)


async def test_a_site_with_basic_authentication_and_a_token_open(gateway: Callable[..., Gateway]) -> None:
    one = gateway({"api_token": TOKEN})
    assert (await one.create()).status == 201
    one.simulator.site.basic = "site:bäsic"
    other = gateway({"basic_user": "site", "basic_password": "bäsic"})
    await other.adapter.check()
    await other.adapter.users.find(Query())


@pytest.mark.parametrize(
    ("scope", "users", "members"), [("read", 502, 502), ("write", 201, 502), ("dangerous", 201, 201)]
)
async def test_a_token_needs_its_scopes(gateway: Callable[..., Gateway], scope: str, users: int, members: int) -> None:
    one = gateway({"api_token": TOKEN})
    first = (await one.create("bob@example.com")).id
    one.simulator.site.switches.set({"token_scope": scope})
    assert (await one.create()).status == users
    assert (await one.group("Sales", first)).status == members


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        ("a gateway page", {"status": 502}),
        ("maintenance", {"status": 503, "headers": {"Retry-After": "2"}}),
        ("a subdomain that is not there", {"status": 404, "body": "<html>not found</html>"}),
        ("a sign-in page", {"status": 200, "body": "<html>sign in</html>"}),
        ("half an answer", {"truncate": True}),
        ("no answer", {"cut": True}),
        ("another shape", {"status": 200, "body": '{"user": []}'}),
        ("an unknown refusal", {"status": 520, "body": '{"message": "x", "id": "1", "code": "CB_XX99"}'}),
        (
            "a refusal of a read",
            {"status": 400, "body": '{"message": "x", "id": "1", "code": "CB_VA01", "errors": {}}'},
        ),
    ],
)
async def test_an_outage_is_never_404_or_400(gateway: Callable[..., Gateway], why: str, fault: dict[str, Any]) -> None:
    one = gateway()
    id = (await one.create()).id
    one.inject({"operation": "*", "times": 100, **fault})
    for answer in (
        await one.send("GET", f"/Users/{id}"),
        await one.send("GET", "/Users", query="filter=userName%20eq%20%22x%22"),
        await one.create("bob@example.com"),
        await one.replace(id, {"displayName": "X"}),
        await one.send("DELETE", f"/Users/{id}"),
    ):
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
        if "subdomain" in why:
            assert "check base_url" in answer.body["detail"]


@pytest.mark.parametrize(
    ("status", "code", "reading", "writing"),
    [(403, "CB_ZZ01", 502, 502), (401, "CB_ZZ01", 502, 502), (400, "CB_IL02", 503, 400), (520, "CB_IL02", 503, 400),
     (400, "CB_ZZ01", 503, 400), (520, "CB_ZZ01", 503, 503), (500, "CB_ZZ01", 503, 503)],
)  # fmt: skip
async def test_refusals_without_a_key_are_nobodys_fault_on_reading(
    gateway: Callable[..., Gateway], status: int, code: str, reading: int, writing: int
) -> None:
    one = gateway()
    id = (await one.create()).id
    body = json.dumps({"message": "x", "id": "1", "code": code})
    one.inject({"operation": "GET users", "status": status, "body": body, "times": 3})
    assert (await one.send("GET", f"/Users/{id}")).status == reading
    one.simulator.site.faults.clear()
    one.inject({"operation": "PUT users", "status": status, "body": body, "times": 3})
    assert (await one.replace(id, {"displayName": "X"})).status == writing


async def test_somebody_else_than_was_asked_for_is_no_answer(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create()).id
    body = json.dumps({"users": [{"id": "999", "code": "somebody", "valid": True}]})
    one.inject({"operation": "GET users", "status": 200, "body": body, "times": 9})
    assert (await one.send("GET", f"/Users/{id}")).status == 503
    assert (await one.create("bob@example.com")).status == 503, "the read-back shows somebody else"


async def test_throttling_is_told_as_such(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    id = (await one.create()).id
    one.simulator.site.switches.set({"rate_limit": 1, "rate_limit_retry_after": 90})
    await one.send("GET", f"/Users/{id}")
    answer = await one.send("GET", f"/Users/{id}")
    assert (answer.status, answer.headers["retry-after"]) == (429, "90")
    one.simulator.site.switches.set({"rate_limit_retry_after": 0})
    answer = await one.send("GET", f"/Users/{id}")
    assert (answer.status, answer.headers["retry-after"]) == (429, "60"), "a minute where Kintone says nothing"


async def test_a_record_without_an_id_or_a_login_does_not_break_the_list(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    await one.create()
    body = {
        "users": [{"id": "", "code": "x"}, {"name": "nobody"}, {"id": "77", "code": "odd", "customItemValues": None}]
    }
    one.inject({"operation": "GET users", "status": 200, "body": json.dumps(body)})
    listed = (await one.send("GET", "/Users")).body
    assert [user["userName"] for user in listed["Resources"]] == ["odd"]


async def test_no_secret_and_no_person_is_logged(
    gateway: Callable[..., Gateway], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = gateway()
    await one.create()
    one.simulator.site.switches.set({"two_factor": True})
    await one.create("bob@example.com", **PERSON)
    assert "CB_TW02" in caplog.text
    assert not [text for text in ("s3cret", "c2NpbS5n", ADA, "bob@", "Lovelace") if text in caplog.text]


# -- the gateway's own account, and settings ---------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["scim.gateway", "SCIM.gateway"])
async def test_the_gateways_own_account_is_left_alone(gateway: Callable[..., Gateway], login: str) -> None:
    one = gateway({"login": login})
    one.simulator.site.switches.set({"code_case_sensitive": False})
    found = await one.send("GET", "/Users", query="filter=userName%20eq%20%22SCIM.Gateway%22")
    [own] = found.body["Resources"]
    for answer in (
        await one.replace(own["id"], {"active": False}),
        await one.replace(own["id"], {"userName": "other"}),
        await one.send("DELETE", f"/Users/{own['id']}"),
    ):
        assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert one.accounts["scim.gateway"]["valid"] is True


GOOD = {"base_url": "https://acme.cybozu.com", "login": "scim.gateway", "password": "x"}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no account", {"login": "", "password": None}, "login"),
    ("two accounts", {"api_token": "t"}, "login"),
    ("no password", {"password": None}, "password"),
    ("a token and Basic authentication", {"login": "", "password": None, "api_token": "t", "basic_user": "a",
                                          "basic_password": "b"}, "basic_user"),
    ("half a Basic authentication", {"basic_user": "a"}, "basic_password"),
    ("no scheme", {"base_url": "acme.cybozu.com"}, "base_url"),
    ("a path", {"base_url": "https://acme.cybozu.com/k/"}, "base_url"),
    ("credentials in the address", {"base_url": "https://a:b@acme.cybozu.com"}, "base_url"),
    ("no TLS", {"base_url": "http://acme.cybozu.com"}, "base_url"),
    ("an unknown service", {"services": ["excel"]}, "services"),
    ("a place that is taken", {"custom_items": {"displayName": "x"}}, "custom_items"),
    ("one item for two", {"custom_items": {"title": "x", "nickName": "x"}}, "custom_items"),
    ("two places for externalId", {"external_id_custom_item": "x", "custom_items": {"externalId": "y"}},
     "custom_items"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "values", "at"), BAD, ids=[row[0] for row in BAD])
def test_settings_that_cannot_work_are_refused(why: str, values: dict[str, Any], at: str) -> None:
    with pytest.raises(ValueError) as caught:
        KintoneSettings.model_validate(GOOD | values)
    assert {str(one["loc"][0]) for one in caught.value.errors()} == {at}  # type: ignore[attr-defined]


def test_groups_can_be_left_out() -> None:
    adapter = KintoneAdapter(KintoneSettings.model_validate(GOOD | {"groups": False}))
    assert [resource.type for resource in adapter.resources()] == ["User"]
