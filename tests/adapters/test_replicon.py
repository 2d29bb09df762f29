"""The Replicon adapter against the simulator: a user's life under every switch, and what each verb costs."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import stamina

from adapters.replicon import RepliconAdapter
from scim_adapter import (
    AdapterError,
    Ask,
    Change,
    Condition,
    Denied,
    Exists,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Query,
    Resource,
    Unavailable,
)
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import (
    ADA,
    BULK,
    DISABLE,
    DISCOVERY,
    ENABLE,
    LIST,
    PASSWORD,
    WHO,
    WRITE,
    ask,
    bring,
    connect,
    counted,
    everybody,
    look,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.company.reset()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


@pytest_asyncio.fixture
async def adapter(simulator: Simulator) -> AsyncIterator[RepliconAdapter]:
    one = connect(simulator)
    yield one
    await one.aclose()


@pytest.fixture
def users(adapter: RepliconAdapter) -> Resource:
    return adapter.resources()[0]


def logins(simulator: Simulator) -> list[str]:
    return sorted(user.loginName for user in simulator.company.users.values())


def plain(record: Native) -> Native:
    """What a record says, without what Replicon itself made of it."""
    made = ("uri", "shownAs", "startDate")
    return {name: value for name, value in record.items() if name not in made and value is not None}


# -- a life under every switch ---------------------------------------------------------------------------------------

SWITCHES: dict[str, list[Any]] = {
    "not_found_style": ["empty_list", "null_details", "error400"],
    "duplicate_style": ["d_errors", "http_400"],
    "root_url_style": ["host_with_company", "host"],
    "omit_user_on_modify": [False, True],
    "login_case_sensitive": [False, True],
    "display_name_style": ["family_given", "given_family", "as_sent"],
}


def matrix() -> Iterator[dict[str, Any]]:
    """Every pair of values of any two switches, in few rows."""
    pairs = {
        ((one, a), (other, b))
        for one, other in itertools.combinations(SWITCHES, 2)
        for a, b in itertools.product(SWITCHES[one], SWITCHES[other])
    }
    rows = [dict(zip(SWITCHES, values, strict=True)) for values in itertools.product(*SWITCHES.values())]
    while pairs:
        best = max(rows, key=lambda row: len(pairs & set(itertools.combinations(row.items(), 2))))
        pairs -= set(itertools.combinations(best.items(), 2))
        yield best


@pytest.mark.parametrize("switches", list(matrix()), ids=lambda s: "-".join(str(value) for value in s.values()))
async def test_a_life(simulator: Simulator, users: Resource, switches: dict[str, Any]) -> None:
    simulator.company.switches.set(switches)
    assert await look(users, "ada@example.com") == []
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    record = await users.get(Get(key, ask=ask()))
    assert record["uri"] == key and plain(record) == ADA
    assert [r["uri"] for r in await look(users, "ADA@example.com")] == [key]
    await _nobody_takes_what_is_taken(users, key)
    await _changes(users, key)
    await _access(users, key)
    await _strangers(users)
    assert {r["loginName"] for r in await everybody(users)} >= {"scim.gateway", "ada.love@example.com"}


async def _nobody_takes_what_is_taken(users: Resource, key: str) -> None:
    with pytest.raises(Exists) as caught:
        await users.create(New({**ADA, "employeeId": None}, ask()))
    assert caught.value.field == "loginName"
    with pytest.raises(Exists) as caught:
        await users.create(New({**ADA, "loginName": "eve@example.com"}, ask()))
    assert caught.value.field == "employeeId"
    other = await users.create(New({**ADA, "loginName": "bob@example.com", "employeeId": None}, ask()))
    assert isinstance(other, str) and other != key
    with pytest.raises(Exists) as caught:
        await bring(users, other, loginName="ada@example.com")
    assert caught.value.field == "loginName"


async def _changes(users: Resource, key: str) -> None:
    record = await bring(users, key, lastName="Sato", displayText="Ada Sato", emailAddress=None)
    assert (record["lastName"], record["displayText"], record["emailAddress"]) == ("Sato", "Ada Sato", None)
    record = await bring(users, key, loginName="ada.love@example.com", employeeId=None)
    assert (record["uri"], record["loginName"], record["employeeId"]) == (key, "ada.love@example.com", None)
    assert await look(users, "ada@example.com") == []
    with pytest.raises(Invalid) as caught:
        await bring(users, key, firstName="a" * 51)
    assert caught.value.field == "firstName"


async def _access(users: Resource, key: str) -> None:
    assert (await bring(users, key, loginEnabled=False))["loginEnabled"] is False
    assert [r["loginEnabled"] for r in await look(users, "ada.love@example.com")] == [False]
    record = await bring(users, key, loginEnabled=True, lastName="Mori")
    assert (record["loginEnabled"], record["lastName"]) == (True, "Mori")
    record = await bring(users, key, loginEnabled=False, lastName="Love")
    assert (record["loginEnabled"], record["lastName"]) == (False, "Love")


async def _strangers(users: Resource) -> None:
    stranger = "urn:replicon-tenant:acme:user:999"
    before = {**ADA, "uri": stranger, "shownAs": None}
    with pytest.raises(NotFound):
        await users.get(Get(stranger, ask=ask()))
    for set in ({"lastName": "Nobody"}, {"loginEnabled": False}, {"loginEnabled": True}):
        with pytest.raises(NotFound):
            await users.update(Change(stranger, before, {**before, **set}, set, ask=ask()))
    for field in ("loginName", "employeeId"):
        assert not (await users.find(Query((Condition(field, "eq", ("Nobody", "nobody")),), ask=ask()))).records


@pytest.mark.parametrize("style", SWITCHES["not_found_style"])
async def test_a_case_sensitive_replicon_finds_the_lower_case_login(
    simulator: Simulator, users: Resource, style: str
) -> None:
    simulator.company.switches.set({"login_case_sensitive": True, "not_found_style": style})
    await users.create(New(ADA, ask()))
    assert len(await look(users, "Ada@Example.com")) == 1
    assert len(await look(users, "ada@example.com")) == 1


@pytest.mark.parametrize("style", SWITCHES["display_name_style"])
async def test_the_same_display_name_is_never_written_again(simulator: Simulator, users: Resource, style: str) -> None:
    simulator.company.switches.set({"display_name_style": style})
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    assert (await users.get(Get(key, ask=ask())))["displayText"] == ADA["displayText"]
    counted(simulator)
    await bring(users, key, displayText="Ada Love")
    assert counted(simulator) == {BULK: 2}


# -- an answer that is lost ------------------------------------------------------------------------------------------


async def test_a_create_whose_answer_is_lost_makes_one_user(simulator: Simulator, users: Resource) -> None:
    simulator.company.switches.set({"timeout_after_write": 2})
    key = await users.create(New(ADA, ask()))
    assert logins(simulator) == ["ada@example.com", "scim.gateway"]
    assert counted(simulator) == {WRITE: 3}
    assert [r["uri"] for r in await look(users, "ada@example.com")] == [key]


async def test_a_create_that_is_given_up_is_finished_by_its_operation(simulator: Simulator, users: Resource) -> None:
    simulator.company.switches.set({"timeout_after_write": 3})
    operation = ask()
    with pytest.raises(Unavailable):
        await users.create(New(ADA, operation))
    key = await users.create(New(ADA, operation))
    assert logins(simulator) == ["ada@example.com", "scim.gateway"]
    assert [r["uri"] for r in await look(users, "ada@example.com")] == [key]


async def test_twenty_creates_of_one_operation_make_one_user(simulator: Simulator, users: Resource) -> None:
    operation = ask()
    keys = await asyncio.gather(*(users.create(New(ADA, operation)) for _ in range(20)))
    assert len(set(map(str, keys))) == 1 and len(simulator.company.users) == 2


async def test_a_change_in_the_operation_of_a_create_is_carried_out(simulator: Simulator, users: Resource) -> None:
    operation = ask()
    key = await users.create(New(ADA, operation))
    assert isinstance(key, str)
    before = await users.get(Get(key))
    await users.update(Change(key, before, {**before, "lastName": "Sato"}, {"lastName": "Sato"}, ask=operation))
    assert (await users.get(Get(key)))["lastName"] == "Sato"


@pytest.mark.parametrize("set", [{"lastName": "Sato"}, {"loginEnabled": False}])
async def test_a_change_whose_answer_is_lost_is_made(simulator: Simulator, users: Resource, set: Native) -> None:
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    simulator.company.switches.set({"timeout_after_write": 1})
    record = await bring(users, key, **set)
    assert set.items() <= record.items()


@pytest.mark.parametrize("step", [WRITE, DISABLE])
async def test_a_disabled_user_stays_disabled_whatever_step_is_lost(
    simulator: Simulator, users: Resource, step: str
) -> None:
    _inject(simulator, operation=step, times=3, after_effect=step == WRITE, cut=True)
    simulator.company.switches.set({"silently_ignore": ["loginEnabled"]})
    operation = ask()
    with pytest.raises(Unavailable):
        await users.create(New({**ADA, "loginEnabled": False}, operation))
    (found,) = await look(users, "ada@example.com")
    after = {**found, "loginEnabled": False}
    set = {} if found["loginEnabled"] is False else {"loginEnabled": False}
    await users.update(Change(found["uri"], found, after, set, fresh=True, ask=operation))
    assert (await users.get(Get(found["uri"])))["loginEnabled"] is False


def _inject(simulator: Simulator, **fault: Any) -> None:
    from simulators.http import Fault

    with simulator.lock:
        simulator.company.faults.append(Fault.of(fault))


# -- success without a change ----------------------------------------------------------------------------------------


async def test_a_new_user_is_disabled_although_replicon_ignores_it(simulator: Simulator, users: Resource) -> None:
    simulator.company.switches.set({"silently_ignore": ["loginEnabled"]})
    key = await users.create(New({**ADA, "loginEnabled": False}, ask()))
    assert isinstance(key, str)
    assert (await users.get(Get(key)))["loginEnabled"] is False


async def test_reading_back_shows_what_replicon_ignored(simulator: Simulator, users: Resource) -> None:
    simulator.company.switches.set({"silently_ignore": ["emailAddress", "displayName"]})
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    assert (await users.get(Get(key)))["emailAddress"] is None
    record = await bring(users, key, emailAddress="x@example.com", lastName="Sato")
    assert (record["emailAddress"], record["lastName"]) == (None, "Sato")


# -- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", SWITCHES["not_found_style"])
@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
async def test_a_list_has_everybody_once(simulator: Simulator, users: Resource, limit: int, style: str) -> None:
    simulator.company.switches.set({"not_found_style": style})
    for n in range(24):
        simulator.company.add(
            {"loginName": f"user{n}", "firstName": "U", "lastName": str(n), "loginEnabled": n % 2 == 0}
        )
    found = await everybody(users, limit)
    assert len(found) == 25 == len({r["uri"] for r in found})
    pages = -(-25 // min(limit, 100))
    assert counted(simulator) == {LIST: pages + 1, BULK: pages}


# -- what each verb costs --------------------------------------------------------------------------------------------


async def test_the_calls_of_each_verb(simulator: Simulator, adapter: RepliconAdapter, users: Resource) -> None:
    costs: dict[str, dict[str, int]] = {}
    await adapter.check()
    costs["check"] = counted(simulator)
    await look(users, "ADA@example.com")
    costs["look"] = counted(simulator)
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    costs["create"] = counted(simulator)
    await users.create(New({**ADA, "loginName": "bob", "employeeId": None, "loginEnabled": False}, ask()))
    costs["create disabled"] = counted(simulator)
    before = await users.get(Get(key))
    costs["get"] = counted(simulator)
    for name, set in CHANGES.items():
        await users.update(Change(key, before, {**before, **set}, set, ask=ask()))
        costs[name] = counted(simulator)
    await users.find(Query(ask=ask()))
    costs["page"] = counted(simulator)
    await users.delete(Gone(key, before, ask=ask()))
    costs["delete"] = counted(simulator)
    assert costs == COSTS


CHANGES: dict[str, Native] = {
    "nothing": {},
    "the same": {"lastName": "Love", "displayText": "Ada Love"},
    "fields": {"lastName": "Sato", "emailAddress": None},
    "enable": {"loginEnabled": True},
    "disable": {"loginEnabled": False},
    "both": {"loginEnabled": False, "lastName": "Mori"},
}
COSTS = {
    "check": {WHO: 1},
    "look": {BULK: 1},
    "create": {WRITE: 1},
    "create disabled": {WRITE: 1, DISABLE: 1},
    "get": {BULK: 1},
    "nothing": {},
    "the same": {},
    "fields": {WRITE: 1},
    "enable": {ENABLE: 1},
    "disable": {DISABLE: 1},
    "both": {DISABLE: 1, WRITE: 1},
    "page": {LIST: 1, BULK: 1},
    "delete": {"CreateUserDeleteBatch": 1, "ExecuteUserDeleteBatch": 1, BULK: 1},
}


async def test_the_address_is_asked_for_once(simulator: Simulator, users: Resource) -> None:
    await asyncio.gather(*(look(users, f"user{n}") for n in range(10)))
    asked = [one for one in simulator.company.requests if one["operation"] == DISCOVERY]
    assert len(asked) == 1 and len(simulator.company.requests) == 11


async def test_every_call_says_who_calls(simulator: Simulator, adapter: RepliconAdapter, users: Resource) -> None:
    await adapter.check()
    await users.create(New({**ADA, "loginEnabled": False}, ask()))
    await everybody(users)
    assert {one["application"] for one in simulator.company.requests} == {"Scimgate_Provisioning_1.0"}


# -- trouble ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["html", "json"])
@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"username": "nobody"}, {"username": "Scim.Gateway2"}, {"company_key": "acme2"}]
)
async def test_a_wrong_account_is_denied_with_a_sentence(
    simulator: Simulator, wrong: dict[str, str], body: str
) -> None:
    simulator.company.switches.set({"auth_failure_body": body})
    adapter = connect(simulator, **wrong)
    with pytest.raises(Denied, match="company_key") as caught:
        await adapter.check()
    assert ("Replicon internal" in caught.value.message) is ("company_key" not in wrong)
    with pytest.raises(Denied):
        await look(adapter.resources()[0], "ada@example.com")
    await adapter.aclose()


async def test_a_replicon_that_is_not_there_is_unavailable(simulator: Simulator) -> None:
    adapter = connect(simulator, domain="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await adapter.check()
    await adapter.aclose()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 503}, Unavailable),
        ({"status": 500}, Unavailable),
        ({"status": 500, "body": '{"error": {"details": {"displayText": "s3cret"}}}'}, Unavailable),
        ({"status": 404}, Unavailable),
        ({"status": 200}, Unavailable),
        ({"status": 401}, Denied),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, Unavailable),
        ({"status": 429, "headers": {"Retry-After": "120"}}, Unavailable),
        ({"cut": True}, Unavailable),
        ({"truncate": True, "after_effect": True}, Unavailable),
        ({"delay": 0.3}, Unavailable),
    ],
    ids=lambda value: "-".join(map(str, value)) + str(value.get("status", "")) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("operation", [BULK, LIST, WRITE, DISABLE])
async def test_trouble_is_never_taken_for_an_answer(
    simulator: Simulator, operation: str, fault: dict[str, Any], kind: type[AdapterError]
) -> None:
    adapter = connect(simulator, timeout=0.2 if "delay" in fault else 10)
    users = adapter.resources()[0]
    _inject(simulator, operation=operation, times=9, **fault)
    with pytest.raises(kind) as caught:
        if operation == LIST:
            await everybody(users)
        elif operation == BULK:
            await look(users, "ada@example.com")
        else:
            await users.create(New({**ADA, "loginEnabled": False}, ask()))
    if fault.get("status") == 429:
        assert isinstance(caught.value, Unavailable)
        assert (caught.value.throttled, caught.value.retry_after) == (True, 120.0)
    await adapter.aclose()


async def test_after_trouble_all_is_well_again(simulator: Simulator, users: Resource) -> None:
    for fault in ({"status": 401}, {"status": 404}, {"cut": True, "times": 3}, {"status": 302}):
        _inject(simulator, operation=BULK, **fault)
        with pytest.raises((Denied, Unavailable)):
            await look(users, "scim.gateway")
        assert len(await look(users, "scim.gateway")) == 1


async def test_a_rate_limit_is_told_as_throttling(simulator: Simulator, users: Resource) -> None:
    await look(users, "ada@example.com")
    simulator.company.switches.set({"rate_limit": 1})
    await look(users, "ada@example.com")
    with pytest.raises(Unavailable) as caught:
        await look(users, "ada@example.com")
    assert caught.value.throttled


async def test_a_slow_replicon_costs_no_more_than_the_deadline(simulator: Simulator, users: Resource) -> None:
    simulator.company.switches.set({"latency_ms": 3000})
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await users.find(Query((Condition("loginName", "eq", ("x",)),), ask=Ask("op", began + 0.2)))
    assert time.monotonic() - began < 2


async def test_a_user_with_data_is_kept_and_that_is_said(
    simulator: Simulator, users: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.replicon.deleting.WAITS", (0.0, 0.0))
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    simulator.company.switches.set({"users_with_data": [key]})
    with pytest.raises(Invalid, match="on_delete"):
        await users.delete(Gone(key, {}, ask=ask()))
    assert (await users.get(Get(key)))["loginName"] == "ada@example.com"


# -- what is never shown ---------------------------------------------------------------------------------------------


async def test_no_secret_and_nobodys_data_is_in_the_log(
    simulator: Simulator, adapter: RepliconAdapter, users: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "httpx")  # the gateway silences it, if a test has imported it
    caplog.set_level(logging.INFO, "httpcore")  # its own debug log shows headers of answers; ours never does
    told: list[str] = []
    for trouble in (
        {},
        {"status": 401},
        {"status": 503, "times": 3},
        {"status": 400, "body": '{"error": {"type": "X"}}'},
    ):
        if trouble:
            _inject(simulator, operation=WRITE, **trouble)
        for call in (users.create(New(ADA, ask())), look(users, "ada@example.com"), adapter.check()):
            try:
                await call
            except AdapterError as error:
                told += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    told += [
        caplog.text,
        repr(adapter),
        repr(adapter.settings),
        repr(vars(users)),
        *(r.getMessage() for r in caplog.records),
    ]
    assert len(caplog.records) > 5
    assert not [text for text in told if PASSWORD in text or "ada@example.com" in text or "Love" in text]
    assert not [one for one in simulator.company.requests if PASSWORD in str(one) or "scim.gateway" in one["path"]]
