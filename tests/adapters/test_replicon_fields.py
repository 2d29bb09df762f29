"""Every field of a Replicon user beyond its names: how it is written, read, cleared, defaulted, and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
import stamina

from scim_adapter import Change, Denied, Field, Get, Invalid, Native, New, NotFound, Resource, Unavailable
from simulators.http import Fault
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import (
    ADA,
    BULK,
    DISABLE,
    ENABLE,
    PASSWORD,
    WRITE,
    Gateway,
    ask,
    bring,
    connect,
    counted,
)
from tests.scim.harness import ENTERPRISE

Connect = Callable[..., Resource]
TODAY = "2026-11-21"


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    for module in ("dates", "members", "records"):
        monkeypatch.setattr(f"adapters.replicon.{module}.today", lambda: TODAY)
    server.company.reset()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


@pytest_asyncio.fixture
async def connected(simulator: Simulator) -> AsyncIterator[Connect]:
    """The users of a connection with the given settings."""
    adapters = []

    def users(**settings: Any) -> Resource:
        adapters.append(connect(simulator, **settings))
        return adapters[-1].resources()[0]

    yield users
    for adapter in adapters:
        await adapter.aclose()


async def made(users: Resource, **more: Any) -> str:
    key = await users.create(New({**ADA, **more}, ask()))
    assert isinstance(key, str)
    return key


def account(simulator: Simulator, login: str = ADA["loginName"]) -> Any:
    return next(user for user in simulator.company.users.values() if user.loginName == login)


def sent(simulator: Simulator) -> list[dict[str, Any]]:
    """The modifications of all writes."""
    return [one["body"]["modifications"] for one in simulator.company.requests if one["operation"] == WRITE]


CUSTOM = {"custom_fields": {"title": "Title"}, "external_id_custom_field": "EntraObjectId"}


@pytest.mark.parametrize(
    ("field", "settings", "first", "second"),
    [
        ("department", {}, "Sales", "Human Resources"),
        ("timeZone", {}, "Asia/Tokyo", "America/New_York"),
        ("custom:Title", CUSTOM, "Engineer", "Head of 50% off_"),
        ("custom:EntraObjectId", CUSTOM, "7c0e", "7C0E"),
        ("supervisor", {}, "urn:replicon-tenant:acme:user:2", "urn:replicon-tenant:acme:user:3"),
    ],
)
async def test_a_field_is_written_changed_and_cleared_in_one_call_each(
    simulator: Simulator, connected: Connect, field: str, settings: dict[str, Any], first: str, second: str
) -> None:
    simulator.company.add({"loginName": "ken", "firstName": "Ken", "lastName": "Mori"})
    users = connected(**settings)
    key = await made(users, **{field: first})
    assert (await users.get(Get(key)))[field] == first
    assert counted(simulator) == {WRITE: 1, BULK: 1}
    for value in (second, None):
        assert (await bring(users, key, **{field: value})).get(field) == value
        assert counted(simulator) == {BULK: 2, WRITE: 1}
    await bring(users, key, **{field: None})
    assert counted(simulator) == {BULK: 2}, "nothing is cleared twice"


async def test_all_fields_together_are_one_call(simulator: Simulator, connected: Connect) -> None:
    users = connected(**CUSTOM)
    everything = {"department": "Sales", "timeZone": "UTC", "supervisor": simulator.company.administrator}
    key = await made(users, **everything, **{"custom:Title": "Engineer"})
    changed = {"department": "Legal", "timeZone": None, "supervisor": None, "custom:Title": None, "lastName": "Sato"}
    record = await bring(users, key, **changed)
    assert {name: record.get(name) for name in changed} == changed
    assert counted(simulator) == {WRITE: 2, BULK: 2}


@pytest.mark.parametrize("style", ["iana", "described"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Europe/London", "America/Port-au-Prince"])
async def test_a_time_zone_is_read_in_both_styles(
    simulator: Simulator, connected: Connect, style: str, zone: str
) -> None:
    simulator.company.switches.set({"time_zone_style": style})
    users = connected()
    assert (await users.get(Get(await made(users, timeZone=zone))))["timeZone"] == zone


async def test_who_changes_the_department_keeps_the_old_one_in_the_past(
    simulator: Simulator, connected: Connect
) -> None:
    users = connected()
    key = await made(users)
    await bring(users, key, department="Sales")
    await bring(users, key, department="Legal")
    await bring(users, key, department=None)
    schedules = [one["departmentGroupSchedule"][0] for one in sent(simulator) if "departmentGroupSchedule" in one]
    day = {"year": 2026, "month": 11, "day": 21}
    assert [(one["dateRange"] or {}).get("startDate") for one in schedules] == [None, day, day]
    assert [one["item"] and one["item"]["name"] for one in schedules] == ["Sales", "Legal", None]


@pytest.mark.parametrize(
    ("why", "settings", "values", "kind", "field", "says"),
    [
        ("a department of nobody", {}, {"department": "Circus"}, Invalid, "department", '"Circus"'),
        ("a manager who is gone", {}, {"supervisor": "urn:u:99", "department": "Sales"}, Invalid, "supervisor",
         "refuses"),
        ("no such custom field", {"custom_fields": {"title": "Shoe"}}, {"custom:Shoe": "9"}, Denied, None,
         "custom_fields"),
        ("no such permission set", {"default_permission_sets": ["Emperor"]}, {}, Denied, None,
         "default_permission_sets"),
        ("no such product", {"default_products": ["urn:replicon:product:x"]}, {}, Denied, None, "default_products"),
        ("no such default", {"default_department": "Circus"}, {"department": "Circus"}, Invalid, "department",
         "make it there"),
    ],
)  # fmt: skip
async def test_what_replicon_does_not_have_is_named_and_nothing_is_made(
    simulator: Simulator,
    connected: Connect,
    why: str,
    settings: dict[str, Any],
    values: Native,
    kind: type[Invalid | Denied],
    field: str | None,
    says: str,
) -> None:
    with pytest.raises(kind, match=says) as caught:
        await made(connected(**settings), **values)
    assert (type(caught.value), caught.value.field) == (kind, field)
    assert len(simulator.company.users) == 1


async def test_nobody_is_the_own_manager(simulator: Simulator, connected: Connect) -> None:
    users = connected()
    key = await made(users)
    with pytest.raises(Invalid) as caught:
        await bring(users, key, supervisor=key)
    assert caught.value.field == "supervisor"


# -- new users -------------------------------------------------------------------------------------------------------

DEFAULTS: dict[str, Any] = {
    "default_permission_sets": ["User", "Supervisor"],
    "default_products": ["urn:replicon:product:timesheet"],
    "default_time_zone": "Asia/Tokyo",
    "default_department": "Finance",
    "authentication_provider": "SSO",
}


async def test_new_users_get_the_defaults_within_the_call_that_makes_them(simulator: Simulator) -> None:
    gateway = Gateway(simulator, DEFAULTS)
    assert (await gateway.create("ada", timezone="Europe/London")).status == 201
    assert gateway.calls() == {BULK: 2, WRITE: 1}
    assert (await gateway.create("bob", **{ENTERPRISE: {"department": "Sales"}})).status == 201
    ada, bob = gateway.accounts["ada"], gateway.accounts["bob"]
    for user in (ada, bob):
        assert (user.permissionSets, user.products) == (("User", "Supervisor"), ("timesheet",))
        assert (user.authenticationProviders, user.ssoName) == (("SSO",), user.loginName)
    assert [(user.timeZone, user.department) for user in (ada, bob)] == [
        ("Europe/London", "Finance"),
        ("Asia/Tokyo", "Sales"),
    ]
    await gateway.adapter.aclose()


async def test_who_loses_a_value_gets_the_default(simulator: Simulator, connected: Connect) -> None:
    users = connected(**DEFAULTS)
    key = await made(users, department="Sales", timeZone="UTC")
    counted(simulator)
    record = await bring(users, key, department=None, timeZone=None)
    assert (record["department"], record["timeZone"]) == ("Finance", "Asia/Tokyo")
    await bring(users, key, department=None, timeZone=None)
    assert counted(simulator) == {BULK: 4, WRITE: 1}, "the default is not written again"


async def test_defaults_are_given_once_and_never_taken(simulator: Simulator, connected: Connect) -> None:
    users = connected(**DEFAULTS)
    key = await made(users)
    simulator.company.change(account(simulator), permissionSets=("Administrator",), products=())
    await bring(users, key, lastName="Sato", loginEnabled=False)
    await bring(users, key, loginEnabled=True)
    assert (account(simulator).permissionSets, account(simulator).products) == (("Administrator",), ())


async def test_the_single_sign_on_name_follows_the_login_where_a_provider_is_set(
    simulator: Simulator, connected: Connect
) -> None:
    for settings, name in (({"authentication_provider": "SSO"}, "ada.love"), ({}, None)):
        simulator.company.reset()
        users = connected(**settings)
        await bring(users, await made(users), loginName="ada.love")
        assert account(simulator, "ada.love").ssoName == name


async def test_without_settings_a_create_says_no_more_than_before(simulator: Simulator, connected: Connect) -> None:
    await made(connected())
    assert sent(simulator)[0].keys() == {
        "displayName", "emailAddress", "employeeId", "firstName", "lastName", "loginName", "securitySettings",
    }  # fmt: skip
    assert sent(simulator)[0]["securitySettings"] == {"value": {"loginEnabled": {"value": "true"}}}


# -- the last day of employment --------------------------------------------------------------------------------------


def day(text: str | None) -> dict[str, int] | None:
    return dict(zip(("year", "month", "day"), map(int, text.split("-")), strict=True)) if text else None


@pytest.mark.parametrize(
    ("why", "start", "end", "enabled", "left", "calls"),
    [
        ("who is disabled leaves today", "2026-01-01", None, False, TODAY, {WRITE: 1, DISABLE: 1}),
        ("who was to leave later leaves today", "2026-01-01", "2027-01-31", False, TODAY, {WRITE: 1, DISABLE: 1}),
        ("who has left stays so", "2026-01-01", "2026-06-30", False, "2026-06-30", {DISABLE: 1}),
        ("nobody leaves before the first day", "2027-04-01", None, False, "2027-04-01", {WRITE: 1, DISABLE: 1}),
        ("who has no first day", None, None, False, TODAY, {WRITE: 1, DISABLE: 1}),
        ("who is enabled is back", "2026-01-01", "2026-06-30", True, None, {WRITE: 1, ENABLE: 1}),
        ("who left today is back", "2026-01-01", TODAY, True, None, {WRITE: 1, ENABLE: 1}),
        ("who left on a first day to come is back", "2027-04-01", "2027-04-01", True, None, {WRITE: 1, ENABLE: 1}),
        ("a planned last day stays", "2026-01-01", "2027-01-31", True, "2027-01-31", {ENABLE: 1}),
        ("none stays none", "2026-01-01", None, True, None, {ENABLE: 1}),
    ],
)
async def test_the_last_day_follows_the_login(
    simulator: Simulator,
    connected: Connect,
    why: str,
    start: str | None,
    end: str | None,
    enabled: bool,
    left: str | None,
    calls: dict[str, int],
) -> None:
    values = {"startDate": day(start), "endDate": day(end), "loginEnabled": not enabled}
    user = simulator.company.add({"loginName": "ada", "firstName": "Ada", "lastName": "Love", **values})
    record = await bring(connected(end_date_on_disable=True), user.uri, loginEnabled=enabled)
    assert (record["loginEnabled"], record["endDate"], record["startDate"]) == (enabled, left, start)
    assert counted(simulator) == {BULK: 2, **calls}


async def test_without_the_setting_no_date_is_touched(simulator: Simulator, connected: Connect) -> None:
    users = connected()
    key = await made(users)
    for enabled in (False, True):
        assert (await bring(users, key, loginEnabled=enabled))["endDate"] is None
    assert not [one for one in sent(simulator) if "employmentDateRange" in one]


async def test_a_last_day_that_could_not_be_written_is_written_by_the_repeat(
    simulator: Simulator, connected: Connect
) -> None:
    users = connected(end_date_on_disable=True)
    key = await made(users)
    simulator.company.faults.append(Fault(WRITE, times=3))
    with pytest.raises(Unavailable):
        await bring(users, key, loginEnabled=False)
    assert simulator.company.users[key].loginEnabled, "so that the repeat of the change sees a difference"
    record = await bring(users, key, loginEnabled=False)
    assert (record["loginEnabled"], record["endDate"]) == (False, TODAY)


async def test_a_last_day_that_replicon_refuses_keeps_nobodys_access(simulator: Simulator, connected: Connect) -> None:
    users = connected(end_date_on_disable=True)
    key = await made(users)
    body = '{"error": {"type": "InvalidUserModificationsParameterError1", "details": {"displayText": "no"}}}'
    simulator.company.faults.append(Fault(WRITE, status=400, body=body))
    with pytest.raises(Invalid):
        await bring(users, key, loginEnabled=False)
    assert not simulator.company.users[key].loginEnabled


async def test_an_unfinished_create_repeats_its_side_step_alone(simulator: Simulator, connected: Connect) -> None:
    users = connected(end_date_on_disable=True, **DEFAULTS)
    key = await made(users, loginEnabled=False)
    assert counted(simulator) == {WRITE: 1, DISABLE: 1}
    before = await users.get(Get(key))
    await users.update(Change(key, before, before, {}, fresh=True, ask=ask()))
    assert counted(simulator) == {BULK: 1, DISABLE: 1}
    assert account(simulator).endDate is None


async def test_a_user_who_is_gone_is_not_found_whatever_is_written(connected: Connect) -> None:
    users = connected(end_date_on_disable=True)
    gone = {**ADA, "uri": "urn:replicon-tenant:acme:user:99"}
    for set in ({"department": "Sales"}, {"loginEnabled": False}):
        with pytest.raises(NotFound):
            await users.update(Change(gone["uri"], gone, {**gone, **set}, set, ask=ask()))


async def test_who_gets_no_licence_is_refused_alone(simulator: Simulator) -> None:
    simulator.company.switches.set({"licences": 1})
    gateway = Gateway(simulator, {})
    ada, bob = await gateway.create("ada"), await gateway.create("bob")
    assert (ada.status, bob.status) == (201, 400)
    assert "no licence left" in bob.body["detail"]
    bob = await gateway.create("bob", active=False)
    enabled = await gateway.replace(bob.id, {"active": True})
    assert (enabled.status, "no licence left" in enabled.body["detail"]) == (400, True)
    assert (await gateway.replace(ada.id, {"active": False})).status == 200
    assert (await gateway.replace(bob.id, {"active": True})).status == 200
    await gateway.adapter.aclose()


# -- through the engine ----------------------------------------------------------------------------------------------


async def test_a_manager_is_an_id_outside_and_a_uri_in_replicon(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {})
    boss, ada = await gateway.create("boss"), await gateway.create("ada")
    gateway.calls()
    answer = await gateway.replace(ada.id, {f"{ENTERPRISE}:manager": boss.id})
    assert answer.body[ENTERPRISE]["manager"]["value"] == boss.id
    supervisors = {"supervisor": gateway.accounts["ada"].supervisor}
    assert supervisors == {"supervisor": gateway.accounts["boss"].uri}
    assert gateway.calls() == {BULK: 2, WRITE: 1}
    assert (await gateway.replace(ada.id, {f"{ENTERPRISE}:manager": boss.id})).status == 200
    assert gateway.calls() == {BULK: 1}, "the same manager again costs no write"
    removal = [{"op": "remove", "path": f"{ENTERPRISE}:manager"}]
    answer = await gateway.send("PATCH", f"/Users/{ada.id}", {"Operations": removal})
    assert "manager" not in answer.body.get(ENTERPRISE, {})
    assert gateway.accounts["ada"].supervisor is None
    nobody = await gateway.replace(ada.id, {f"{ENTERPRISE}:manager": "nobody"})
    assert (nobody.status, nobody.body["scimType"]) == (400, "invalidValue")
    await gateway.adapter.aclose()


async def test_an_unknown_department_is_400_with_its_name_and_its_path(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {})
    answer = await gateway.create("ada", **{ENTERPRISE: {"department": "Circus"}})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert f'{ENTERPRISE}:department: Replicon does not take the department "Circus"' in answer.body["detail"]
    assert "ada" not in gateway.accounts
    await gateway.adapter.aclose()


async def test_external_ids_and_titles_live_in_custom_fields(simulator: Simulator) -> None:
    gateway = Gateway(simulator, CUSTOM)
    ada = await gateway.create("ada", externalId="7c0e", title="Engineer")
    assert (ada.body["externalId"], ada.body["title"]) == ("7c0e", "Engineer")
    assert gateway.accounts["ada"].customFields == {"EntraObjectId": "7c0e", "Title": "Engineer"}
    found = await gateway.send("GET", "/Users", query="filter=externalId%20eq%20%227c0e%22")
    assert [user["id"] for user in found.body["Resources"]] == [ada.id]
    gateway.calls()
    assert (await gateway.replace(ada.id, {"externalId": "7c0e", "title": "Engineer"})).status == 200
    assert gateway.calls() == {BULK: 1}
    await gateway.adapter.aclose()


async def test_the_operators_own_rows_reach_custom_fields(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {}, {"nickName": Field("custom:Title")})
    ada = await gateway.create("ada", nickName="The Countess")
    assert ada.body["nickName"] == "The Countess" == gateway.accounts["ada"].customFields["Title"]
    await gateway.adapter.aclose()


async def test_a_custom_field_holds_one_text(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {"custom_fields": {"roles": "Title"}})
    answer = await gateway.create("ada", roles=[{"value": "x"}])
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "roles: A custom field in Replicon holds one text" in answer.body["detail"]
    assert "ada" not in gateway.accounts
    await gateway.adapter.aclose()


async def test_a_custom_field_may_take_the_departments_place(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {"custom_fields": {f"{ENTERPRISE}:department": "Title"}})
    ada = await gateway.create("ada", **{ENTERPRISE: {"department": "Circus"}})
    assert ada.body[ENTERPRISE]["department"] == "Circus"
    assert gateway.accounts["ada"].customFields == {"Title": "Circus"}
    await gateway.adapter.aclose()
