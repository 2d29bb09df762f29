"""What each signal of Replicon's becomes: an error of the contract, and the answer that a SCIM client gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stamina

from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from scim_adapter import (
    AdapterError,
    Ask,
    Change,
    Denied,
    Exists,
    Get,
    Invalid,
    New,
    NotFound,
    OutOfQuota,
    Query,
    Unavailable,
)
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import (
    ADA,
    BULK,
    DISABLE,
    DISCOVERY,
    LIST,
    PASSWORD,
    WRITE,
    Scripted,
    Wire,
    ask,
    connect,
    counted,
    d,
    error,
    html,
    item,
    look,
    refused,
    root,
)
from tests.scim.harness import BASE, Answer

UNKNOWN = error("InvalidUserTargetParameterError1", "Invalid UserTargetParameter.")


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Simulator:
    server.company.reset()
    return server


@pytest.fixture(autouse=True)
def instant() -> Iterator[None]:
    """Nobody waits between attempts."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


# -- writes ----------------------------------------------------------------------------------------------------------

WRITES: list[tuple[str, Scripted, type[AdapterError], str | None, tuple[int, str | None]]] = [
    ("a login that exists", refused("Login Name already exists"), Exists, "loginName", (409, "uniqueness")),
    ("a value in use", refused("This value is already in use"), Exists, None, (409, "uniqueness")),
    ("a duplicate", refused("Duplicate employee ID"), Exists, "employeeId", (409, "uniqueness")),
    ("another refusal in a 200", refused("First Name is too long"), Invalid, "firstName", (400, "invalidValue")),
    ("two refusals in a 200", refused("No", "Department is closed"), Invalid, "department", (400, "invalidValue")),
    ("a missing parameter", error("MissingRequiredParameterError1"), Invalid, None, (400, "invalidValue")),
    ("a missing parameter, 500", error("MissingRequiredParameterError1", status=500), Invalid, None,
     (400, "invalidValue")),
    ("modifications of the wrong form", error("InvalidUserModificationsParameterError1"), Invalid, None,
     (400, "invalidValue")),
    ("a calendar of the wrong form", error("InvalidUserHolidayCalendarModificationParameterError1"), Invalid, None,
     (400, "invalidValue")),
    ("a time zone that is none", error("InvalidTimeZoneParameterError1", "Invalid time zone"), Invalid, "timeZone",
     (400, "invalidValue")),
    ("a supervisor who is none", refused("The supervisor does not exist"), Invalid, "supervisor",
     (400, "invalidValue")),
    ("a login that exists, 400", error("X1", "Login Name already exists"), Exists, "loginName", (409, "uniqueness")),
    ("a login that exists, 500", error("X1", "Login Name already exists", status=500), Exists, "loginName",
     (409, "uniqueness")),
    ("no permission", error("X1", "You do not have permission"), Denied, None, (502, None)),
    ("insufficient access", refused("Insufficient access"), Denied, None, (502, None)),
    ("a product that is missing", refused("The product is not assigned"), Denied, None, (502, None)),
    ("a setting's permission set", refused("The permission set does not exist"), Denied, None, (502, None)),
    ("a setting's provider", refused("Unknown authentication provider"), Denied, None, (502, None)),
    ("no licence", refused("The number of licenses is exceeded"), OutOfQuota, None, (400, "invalidValue")),
    ("no licence, 400", error("X1", "Your licence limit is reached"), OutOfQuota, None, (400, "invalidValue")),
    ("401 in HTML", html(401), Denied, None, (502, None)),
    ("401 in JSON", error("X1", status=401), Denied, None, (502, None)),
    ("slow down", error("X1", "slow down", status=429), Unavailable, None, (429, None)),
    ("500 without a type", error(status=500), Unavailable, None, (503, None)),
    ("502", html(502), Unavailable, None, (503, None)),
    ("503", html(503), Unavailable, None, (503, None)),
    ("504", html(504), Unavailable, None, (503, None)),
    ("no answer", httpx.ReadTimeout("slow"), Unavailable, None, (503, None)),
]  # fmt: skip


def _named(rows: list[Any]) -> list[Any]:
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("answer", "kind", "field", "told"), _named(WRITES))
@pytest.mark.parametrize("verb", ["create", "change"])
async def test_a_write(
    verb: str, answer: Scripted, kind: type[AdapterError], field: str | None, told: tuple[int, str | None]
) -> None:
    users = Wire(**{WRITE: answer}).users(domain="na3")
    set = {"lastName": "Sato"}
    with pytest.raises(AdapterError) as caught:
        if verb == "create":
            await users.create(New({**ADA}, ask()))
        else:
            await users.update(Change("urn:u:1", {**ADA, "uri": "urn:u:1"}, {**ADA, **set}, set, ask=ask()))
    assert isinstance(caught.value, kind) and caught.value.field == field
    response = await _through_the_engine(verb, answer)
    assert (response.status, response.body.get("scimType")) == told
    assert ("retry-after" in response.headers) is (told[0] in (429, 502, 503))


async def _through_the_engine(verb: str, answer: Scripted) -> Answer:
    found = d([]) if verb == "create" else d([item()])
    wire = Wire(**{BULK: found, WRITE: answer})
    service = Service(wire.adapter().resources(), IdentityMap(MemoryStore(), "a", "a", 90.0), Options(), BASE)

    async def send(method: str, path: str, body: Any = None, query: str = "") -> Answer:
        raw = json.dumps(body).encode() if body else b""
        return Answer(await service.handle(Request(method, path, query, {}, raw)))

    if verb == "create":
        return await send("POST", "/Users", {"userName": "ada@example.com"})
    listed = await send("GET", "/Users", query="filter=userName%20eq%20%22ada@example.com%22")
    id = listed.body["Resources"][0]["id"]
    operations = [{"op": "replace", "path": "name.familyName", "value": "Sato"}]
    return await send("PATCH", f"/Users/{id}", {"Operations": operations})


@pytest.mark.parametrize(
    "answer", [d([]), d([{"userDetails": None}]), d([{"userDetails": {"uri": None}}]), UNKNOWN], ids=str
)
async def test_every_form_of_not_found_is_not_found_by_uri(answer: httpx.Response) -> None:
    with pytest.raises(NotFound):
        await Wire(BulkGetUsers3=answer).users().get(Get("urn:u:1"))


async def test_a_change_of_who_is_gone_is_not_found() -> None:
    with pytest.raises(NotFound):
        change = Change("urn:u:1", ADA, ADA, {"lastName": "Sato"}, ask=ask())
        await Wire(CreateUserOrApplyModifications=UNKNOWN).users().update(change)


# -- slow down -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "header", "left", "attempts", "after"),
    [
        ("a wait that is longer than the client's", {"retry-after": "60"}, 20, 1, 60.0),
        ("a wait that fits", {"retry-after": "1"}, 20, 3, 1.0),
        ("no word about the wait", {}, 20, 3, 60.0),
        ("a date, which is no word", {"retry-after": "Sat, 21 Nov 2026 08:00:00 GMT"}, 20, 3, 60.0),
    ],
)
@pytest.mark.parametrize("operation", [BULK, LIST, WRITE, DISABLE])
async def test_slow_down(
    operation: str, why: str, header: dict[str, str], left: float, attempts: int, after: float | None
) -> None:
    wire = Wire(**{operation: httpx.Response(429, headers=header, text="slow down")})
    users, patience = wire.users(domain="na3"), Ask("op", ask().deadline - 20 + left)
    with pytest.raises(Unavailable) as caught:
        if operation == BULK:
            await users.get(Get("urn:u:1", ask=patience))
        elif operation == LIST:
            await users.find(Query(ask=patience))
        else:
            set = {"lastName": "Sato"} if operation == WRITE else {"loginEnabled": False}
            await users.update(Change("urn:u:1", ADA, {**ADA, **set}, set, ask=patience))
    assert (caught.value.throttled, caught.value.retry_after) == (True, after)
    assert wire.operations == [operation] * attempts


@pytest.mark.parametrize("seconds", [0, 77])
async def test_the_limit_of_the_simulator_is_told_as_it_is(simulator: Simulator, seconds: int) -> None:
    adapter = connect(simulator)
    users = adapter.resources()[0]
    await look(users, "ada")
    simulator.company.switches.set({"rate_limit": 1, "rate_limit_retry_after": seconds})
    await look(users, "ada")
    with pytest.raises(Unavailable) as caught:
        await look(users, "ada")
    assert (caught.value.throttled, caught.value.retry_after) == (True, float(seconds or 60))
    await adapter.aclose()


# -- the cut after thirty seconds ------------------------------------------------------------------------------------


async def test_a_create_that_is_cut_is_repeated_as_the_same_unit_of_work(simulator: Simulator) -> None:
    adapter = connect(simulator)
    await adapter.check()
    simulator.company.switches.set({"latency_over_30s": 2, "cut_after_seconds": 0.05})
    counted(simulator)
    key = await adapter.resources()[0].create(New(ADA, ask()))
    units = [one["body"]["unitOfWorkId"] for one in simulator.company.requests]
    assert len(units) == 3 and len(set(units)) == 1
    assert [user.uri for user in simulator.company.users.values()] == [simulator.company.administrator, key]
    await adapter.aclose()


@pytest.mark.parametrize("operation", [BULK, LIST, WRITE, DISABLE])
async def test_calls_that_are_always_cut_are_unavailable_after_three(simulator: Simulator, operation: str) -> None:
    adapter = connect(simulator)
    users = adapter.resources()[0]
    key = await users.create(New(ADA, ask()))
    assert isinstance(key, str)
    before = await users.get(Get(key, ask=ask()))
    counted(simulator)
    simulator.company.switches.set({"latency_over_30s": 9, "cut_after_seconds": 0.02})
    with pytest.raises(Unavailable, match="500"):
        if operation == BULK:
            await users.get(Get(key, ask=ask()))
        elif operation == LIST:
            await users.find(Query(ask=ask()))
        else:
            set = {"lastName": "Sato"} if operation == WRITE else {"loginEnabled": False}
            await users.update(Change(key, before, {**before, **set}, set, ask=ask()))
    assert counted(simulator) == {operation: 3}
    await adapter.aclose()


# -- rejected credentials --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [html(401), error("X1", status=401), httpx.Response(401)], ids=str)
async def test_rejected_credentials_ask_once_where_the_company_is_now(answer: httpx.Response) -> None:
    wire = Wire(BulkGetUsers3=answer)
    with pytest.raises(Denied, match="company_key, username and password"):
        await look(wire.users(), "ada")
    assert wire.operations == [DISCOVERY, BULK, DISCOVERY]
    moved = Wire(
        BulkGetUsers3=[answer, d([item()])],
        GetTenantEndpointDetails=[root(), root("https://eu1.replicon.com/acme/")],
    )
    assert len(await look(moved.users(), "ada@example.com")) == 1
    assert moved.operations == [DISCOVERY, BULK, DISCOVERY, BULK]
