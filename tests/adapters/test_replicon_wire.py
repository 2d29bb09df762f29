"""The Replicon adapter against every form of answer that Replicon is known, or feared, to give."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.replicon import RepliconSettings
from adapters.replicon.discovery import KEPT, Tenant
from scim_adapter import (
    AdapterError,
    Ask,
    Change,
    Condition,
    Denied,
    Exists,
    Get,
    Invalid,
    Native,
    New,
    NotFound,
    Query,
    Resource,
    Unavailable,
)
from scim_adapter.http import Http
from tests.adapters.replicon_wire import (
    ACCOUNT,
    BASIC,
    CORRELATION,
    DISCOVERY,
    ROOT,
    Scripted,
    Wire,
    d,
    error,
    html,
    item,
    refused,
    root,
)

BULK, WRITE, LIST = "BulkGetUsers3", "CreateUserOrApplyModifications", "GetData"
UNKNOWN_USER = error("InvalidUserTargetParameterError1", "Invalid UserTargetParameter.")
OP = "8c0f5a5e-6a3d-4f0e-9b59-4a1c2f4c2f11"


@pytest.fixture(autouse=True)
def instant() -> Iterator[None]:
    """Nobody waits between attempts."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def by(field: str, *values: str) -> Query:
    return Query((Condition(field, "eq", values),))


def change(before: Native | None = None, *, op: str = OP, **set: Any) -> Change:
    return changed(NATIVE if before is None else before, set, op)


def changed(before: Native, set: Native, op: str = OP) -> Change:
    return Change(before["uri"], before, {**before, **set}, set, ask=Ask(op))


NATIVE: Native = {
    "uri": "urn:u:1",
    "loginName": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Love",
    "displayText": "Ada Love",
    "shownAs": "Love, Ada",
    "emailAddress": "ada@example.com",
    "employeeId": "E-1",
    "loginEnabled": True,
    "startDate": None,
    "endDate": None,
    "timeZone": None,
    "department": None,
    "supervisor": None,
}


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "acme\\scim.gateway"}, "login name alone"),
        ({"username": "scim:gateway"}, "colon"),
        ({"username": " "}, "at least 1"),
        ({"company_key": "acme\\scim"}, "one word"),
        ({"company_key": "acme/"}, "one word"),
        ({"company_key": ".."}, "one word"),
        ({"company_key": "a b"}, "one word"),
        ({"password": ""}, "at least 1"),
        ({"domain": "http://na3.replicon.com"}, "on this machine only"),
        ({"domain": "http://127.0.0.1.evil.example"}, "on this machine only"),
        ({"domain": "https://na3.replicon.com/acme"}, "without path"),
        ({"domain": "https://user:pw@na3.replicon.com"}, "without path"),
        ({"domain": "ftp://na3.replicon.com"}, "must be https://HOST"),
        ({"domain": "https://"}, "must be"),
        ({"domain": "https://[::1"}, "must be https://HOST"),
        ({"domain": "na3 replicon"}, "swimlane"),
        ({"domain": "na3/acme"}, "swimlane"),
        ({"application_name": "Scimgate"}, "match pattern"),
        ({"application_name": "a_b_1\r\nx: y"}, "match pattern"),
        ({"timeout": 0}, "greater than 0"),
        ({"swimlane": "na3"}, "not permitted"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        RepliconSettings.model_validate({**ACCOUNT, **wrong})
    assert [e["loc"] for e in caught.value.errors()] == [(next(iter(wrong)),)]
    assert "s3cret" not in str(caught.value)


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(ValidationError) as caught:
        RepliconSettings.model_validate({"company_key": "a/b", "domain": "http://x.example", "username": "a\\b"})
    assert {e["loc"][0] for e in caught.value.errors()} == {"company_key", "domain", "username", "password"}


def test_every_setting_is_described() -> None:
    assert all(field.description for field in RepliconSettings.model_fields.values())


@pytest.mark.parametrize(
    ("domain", "urls"),
    [
        ("", ["https://global.replicon.com", ROOT]),
        ("global", ["https://global.replicon.com", ROOT]),
        (" Global ", ["https://global.replicon.com", ROOT]),
        ("https://sb1.replicon.com/", ["https://sb1.replicon.com", ROOT]),
        ("http://127.0.0.1:8911", ["http://127.0.0.1:8911", ROOT]),
        ("http://localhost:8911", ["http://localhost:8911", ROOT]),
        ("http://[::1]:8911", ["http://[::1]:8911", ROOT]),
        ("na3", ["https://na3.replicon.com/acme/"]),
        ("NA3.replicon.com", ["https://na3.replicon.com/acme/"]),
        ("replicon.example:8443", ["https://replicon.example:8443/acme/"]),
    ],
)
async def test_the_domain_selects_the_host(domain: str, urls: list[str]) -> None:
    wire = Wire(GetMyActualUserIdentity=d({"uri": "urn:u:2", "loginName": "scim.gateway"}))
    await wire.adapter(domain=domain).check()
    assert len(wire.requests) == len(urls)
    assert all(str(r.url).startswith(url) for r, url in zip(wire.requests, urls, strict=True))


# -- discovery -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "services"),
    [
        ({"applicationRootUrl": "https://na3.replicon.com/acme/"}, "https://na3.replicon.com/acme/services/"),
        ({"applicationRootUrl": "https://na3.replicon.com/acme"}, "https://na3.replicon.com/acme/services/"),
        ({"applicationRootUrl": "https://na3.replicon.com/"}, "https://na3.replicon.com/acme/services/"),
        ({"applicationRootUrl": "https://na3.replicon.com"}, "https://na3.replicon.com/acme/services/"),
        (
            {"applicationRootUrls": [{"rootUrl": "https://eu1.replicon.com/"}]},
            "https://eu1.replicon.com/acme/services/",
        ),
        (
            {"applicationRootUrl": None, "applicationRootUrls": [None, {}, {"rootUrl": "https://eu1.replicon.com/x/"}]},
            "https://eu1.replicon.com/x/services/",
        ),
    ],
)
async def test_both_styles_of_root_url_are_understood(answer: dict[str, Any], services: str) -> None:
    wire = Wire(GetTenantEndpointDetails=d(answer), BulkGetUsers3=d([]))
    await wire.users().find(by("loginName", "x"))
    assert str(wire.requests[1].url) == f"{services}ImportService1.svc/BulkGetUsers3"


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("global", "http://na3.replicon.com/acme/"),
        ("global", "http://127.0.0.1:1/acme/"),
        ("http://127.0.0.1:8911", "http://na3.replicon.com/acme/"),
        ("http://127.0.0.1:8911", "ftp://127.0.0.1/acme/"),
        ("global", "https://evil@na3.replicon.com/acme/"),
        ("global", "https:///acme/"),
        ("global", "https://[x/acme/"),
        ("global", "//na3.replicon.com/acme/"),
    ],
)
async def test_no_password_goes_to_an_unsafe_address(domain: str, url: str) -> None:
    wire = Wire(GetTenantEndpointDetails=root(url), BulkGetUsers3=d([]))
    with pytest.raises(Unavailable, match="not safe"):
        await wire.users(domain=domain).find(by("loginName", "x"))
    assert set(wire.operations) == {DISCOVERY}


async def test_a_loopback_root_is_taken_from_a_loopback_directory() -> None:
    wire = Wire(GetTenantEndpointDetails=root("http://127.0.0.1:9/acme/"), BulkGetUsers3=d([]))
    await wire.users(domain="http://localhost:8911").find(by("loginName", "x"))
    assert wire.requests[1].url.host == "127.0.0.1"


DISCOVERY_ANSWERS: list[tuple[Scripted, type[AdapterError], str, int]] = [
    (error("UnknownCompanyError1", "no company acme"), Denied, "check company_key", 1),
    (error("UnknownCompanyError1", status=500), Denied, "check company_key", 1),
    (error(), Denied, "check company_key", 1),
    (error("X", status=500, code="Receiver"), Unavailable, "500", 3),
    (error(status=500), Unavailable, "500", 3),
    (html(), Unavailable, "not JSON", 1),
    (html(404), Unavailable, "check domain", 1),
    (html(401), Unavailable, "check domain", 1),
    (httpx.Response(302, headers={"location": "https://evil.example"}), Unavailable, "check domain", 1),
    (html(503), Unavailable, "503", 3),
    (httpx.Response(429), Unavailable, "slow down", 3),
    (d(None), Unavailable, "cannot be read", 1),
    (d({"applicationRootUrl": 5}), Unavailable, "cannot be read", 1),
    (d([]), Unavailable, "cannot be read", 1),
    (httpx.Response(200, json=[]), Unavailable, "cannot be read", 1),
    (httpx.Response(200), Unavailable, "cannot be read", 1),
    (httpx.ConnectError("refused"), Unavailable, "cannot be reached", 3),
    (httpx.ReadTimeout("slow"), Unavailable, "no complete answer", 3),
]


@pytest.mark.parametrize(("answer", "kind", "says", "calls"), DISCOVERY_ANSWERS)
async def test_a_failed_discovery_says_what_to_check(
    answer: Scripted, kind: type[AdapterError], says: str, calls: int
) -> None:
    wire = Wire(GetTenantEndpointDetails=answer)
    with pytest.raises(kind, match=says) as caught:
        await wire.adapter().check()
    assert type(caught.value) is kind or kind is Unavailable
    assert len(wire.requests) == calls


async def test_a_failed_discovery_is_not_remembered() -> None:
    wire = Wire(GetTenantEndpointDetails=[error("X"), root()], BulkGetUsers3=d([]))
    users = wire.users()
    with pytest.raises(Denied):
        await users.find(by("loginName", "x"))
    assert not (await users.find(by("loginName", "x"))).records


async def test_credentials_go_to_the_company_and_not_to_the_directory() -> None:
    wire = Wire(BulkGetUsers3=d([]))
    await wire.users().find(by("loginName", "x"))
    directory, company = wire.requests
    assert "authorization" not in directory.headers
    assert company.headers["authorization"] == f"Basic {BASIC}"
    assert {r.headers["x-replicon-application"] for r in wire.requests} == {"Scimgate_Provisioning_1.0"}
    assert {r.headers["content-type"] for r in wire.requests} == {"application/json"}
    assert json.loads(directory.content) == {"tenant": {"companyKey": "acme"}}


async def test_many_calls_at_once_ask_for_the_address_once() -> None:
    wire = Wire(BulkGetUsers3=d([]))
    users = wire.users()
    await asyncio.gather(*(users.find(by("loginName", str(n))) for n in range(20)))
    assert wire.operations.count(DISCOVERY) == 1


async def test_many_calls_at_once_share_a_failed_discovery() -> None:
    wire = Wire(GetTenantEndpointDetails=error("X"))
    users = wire.users()
    calls = (users.find(by("loginName", str(n))) for n in range(20))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, Denied) for outcome in outcomes)
    assert wire.operations.count(DISCOVERY) == 1


def tenant(wire: Wire, clock: Callable[[], float]) -> Tenant:
    settings = RepliconSettings.model_validate(ACCOUNT)
    return Tenant(settings, Http(transport=httpx.MockTransport(wire)), clock)


async def test_an_address_is_believed_for_an_hour() -> None:
    now = [100.0]
    wire = Wire()
    one = tenant(wire, lambda: now[0])
    asked = []
    for age in (0.0, KEPT - 1, KEPT, KEPT + 1):
        now[0] = 100.0 + age
        await one.address(Ask())
        asked.append(len(wire.requests))
    assert KEPT == 3600 and asked == [1, 1, 2, 2]


async def test_a_waiter_gives_up_at_its_own_deadline() -> None:
    answered = asyncio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await answered.wait()
            return root()

    one = Tenant(RepliconSettings.model_validate(ACCOUNT), Http(transport=Slow()))
    patient = asyncio.create_task(one.address(Ask()))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await one.address(Ask(deadline=asyncio.get_running_loop().time() + 0.1))
    assert not patient.done()
    answered.set()
    assert (await patient).services == f"{ROOT}services/"


EU = "https://eu1.replicon.com/acme/"


@pytest.mark.parametrize(
    "lost",
    [html(404), html(401), httpx.Response(302, headers={"location": EU}), httpx.ConnectError("gone")],
    ids=["404", "401", "302", "no connection"],
)
async def test_a_company_that_moved_is_found_again_within_the_call(lost: Scripted) -> None:
    def company(request: httpx.Request) -> httpx.Response:
        if request.url.host == "eu1.replicon.com":
            return d([item()])
        if isinstance(lost, Exception):
            raise lost
        assert isinstance(lost, httpx.Response)
        return httpx.Response(lost.status_code, headers=lost.headers, content=lost.content)

    wire = Wire(GetTenantEndpointDetails=[root(), root(EU)], BulkGetUsers3=company)
    users = wire.users()
    assert len((await users.find(by("uri", "urn:u:1"))).records) == 1
    assert len((await users.find(by("uri", "urn:u:1"))).records) == 1
    assert wire.operations.count(DISCOVERY) == 2


@pytest.mark.parametrize(
    ("lost", "kind", "calls"),
    [(html(404), Unavailable, 1), (html(401), Denied, 1), (httpx.ConnectError("gone"), Unavailable, 3)],
    ids=["404", "401", "no connection"],
)
@pytest.mark.parametrize("second", [root(), root(EU), error("X"), html(503)], ids=["same", "other", "refused", "down"])
async def test_a_lost_company_is_looked_for_once(
    lost: Scripted, kind: type[AdapterError], calls: int, second: httpx.Response
) -> None:
    wire = Wire(GetTenantEndpointDetails=[root(), second], BulkGetUsers3=lost)
    with pytest.raises(kind):
        await wire.users().find(by("loginName", "x"))
    moved = json.loads(second.content).get("d", {}).get("applicationRootUrl") == EU if second.is_success else False
    assert wire.operations.count(BULK) == calls * (2 if moved else 1)
    assert wire.operations.count(DISCOVERY) == (4 if second.status_code == 503 else 2)


async def test_a_given_host_is_never_looked_for() -> None:
    wire = Wire(BulkGetUsers3=html(404))
    with pytest.raises(Unavailable):
        await wire.users(domain="na3").find(by("loginName", "x"))
    assert wire.operations == [BULK]


# -- the error table -------------------------------------------------------------------------------------------------

Do = Callable[[Resource], Awaitable[Any]]


async def _find(users: Resource) -> Any:
    return await users.find(by("loginName", "ada@example.com"))


async def _get(users: Resource) -> Any:
    return await users.get(Get("urn:u:1"))


async def _list(users: Resource) -> Any:
    return await users.find(Query())


async def _create(users: Resource) -> Any:
    return await users.create(New({k: v for k, v in NATIVE.items() if k not in ("uri", "shownAs")}, Ask(OP)))


async def _update(users: Resource) -> Any:
    return await users.update(change(lastName="Sato"))


async def _disable(users: Resource) -> Any:
    return await users.update(change(loginEnabled=False))


VERBS: dict[str, tuple[str, Do]] = {
    "find": (BULK, _find),
    "get": (BULK, _get),
    "list": (LIST, _list),
    "create": (WRITE, _create),
    "update": (WRITE, _update),
    "disable": ("DisableLogin", _disable),
}

ALWAYS: list[tuple[str, Scripted, type[AdapterError]]] = [
    ("401 HTML", html(401), Denied),
    ("401 JSON", error("AuthenticationError1", status=401), Denied),
    ("401 empty", httpx.Response(401), Denied),
    ("403 HTML", html(403), Denied),
    ("403 JSON", error("X", status=403), Denied),
    ("permission", error("SomeError1", "You do not have the permission to do this"), Denied),
    ("permission, 500", error("SomeError1", "You do not have the permission to do this", status=500), Denied),
    ("insufficient", error("SomeError1", "Insufficient access"), Denied),
    ("product", error("SomeError1", "The product is not assigned to the user"), Denied),
    ("404 HTML", html(404), Unavailable),
    ("404 empty", httpx.Response(404), Unavailable),
    ("404 JSON of others", httpx.Response(404, json={"message": "no route"}), Unavailable),
    ("405", html(405), Unavailable),
    ("408", html(408), Unavailable),
    ("redirect", httpx.Response(302, headers={"location": "https://login.example/s3cret-pw"}), Unavailable),
    ("429", error("Throttled", "slow down", status=429), Unavailable),
    ("500 without type", error("", "s3cret-pw", status=500), Unavailable),
    ("500 of the receiver", error("TimeoutError1", status=500, code="Receiver"), Unavailable),
    ("500 HTML", html(500), Unavailable),
    ("502", html(502), Unavailable),
    ("503", httpx.Response(503), Unavailable),
    ("504", html(504), Unavailable),
    ("HTML", html(), Unavailable),
    ("cut off", httpx.Response(200, content=b'{"d": {"user": {"uri": "s3cret-pw'), Unavailable),
    ("500 bottomless", httpx.Response(500, content=b"[" * 100_000), Unavailable),
    ("bottomless", httpx.Response(200, content=b"[" * 100_000), Unavailable),
    ("empty", httpx.Response(200), Unavailable),
    ("no d", httpx.Response(200, json={}), Unavailable),
    ("a list", httpx.Response(200, json=[]), Unavailable),
    ("a string", httpx.Response(200, json="s3cret-pw"), Unavailable),
    ("refused", httpx.ConnectError("refused"), Unavailable),
    ("slow", httpx.ReadTimeout("slow"), Unavailable),
    ("closed", httpx.RemoteProtocolError("closed"), Unavailable),
]

READING: list[tuple[str, Scripted, type[AdapterError]]] = [
    ("d null", d(None), Unavailable),
    ("d string", d("x"), Unavailable),
    ("unknown error", error("SomethingElseError1"), Unavailable),
    ("unknown error, 500", error("SomethingElseError1", status=500), Unavailable),
    ("missing parameter", error("MissingRequiredParameterError1"), Unavailable),
    ("a word for writes", error("DuplicateTargetError1", "The user already exists in the request"), Unavailable),
    ("an error that is no object", httpx.Response(400, json={"error": "x"}), Unavailable),
]

WRITING: list[tuple[str, Scripted, type[AdapterError], str | None]] = [
    ("login taken, 200", refused("Login Name already exists"), Exists, "loginName"),
    ("login taken, 400", error("SomeError1", "Login Name already exists"), Exists, "loginName"),
    ("login taken, 500", error("SomeError1", "Login Name already exists", status=500), Exists, "loginName"),
    ("in use", refused("This Employee ID is already in use."), Exists, "employeeId"),
    ("duplicate", refused("Duplicate value"), Exists, None),
    ("first name", refused("First Name is longer than 50"), Invalid, "firstName"),
    ("last name", refused("lastName invalid"), Invalid, "lastName"),
    ("e-mail", refused("Email Address is not valid"), Invalid, "emailAddress"),
    ("several", refused("Something", "First Name is bad"), Invalid, "firstName"),
    ("no text", d({"user": None, "errors": [{}]}), Invalid, None),
    ("strange errors", d({"user": None, "errors": ["x", None]}), Invalid, None),
    ("missing parameter", error("MissingRequiredParameterError1", "Unit Of Work Id"), Invalid, None),
    ("invalid parameter", error("InvalidUserModificationsParameterError1", status=500), Invalid, None),
    ("200 with an error", error("InvalidUserModificationsParameterError1", status=200), Invalid, None),
    ("no permission, 200", refused("You have no permission to change First Name"), Denied, None),
]


def _named(rows: list[Any]) -> list[Any]:
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("answer", "kind"), _named(ALWAYS))
@pytest.mark.parametrize("verb", VERBS)
async def test_what_has_nothing_to_do_with_the_user_is_denied_or_unavailable(
    verb: str, answer: Scripted, kind: type[AdapterError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    operation, do = VERBS[verb]
    wire = Wire(**{operation: answer})
    with pytest.raises(kind) as caught:
        await do(wire.users(domain="na3"))
    assert isinstance(caught.value, Unavailable) is (kind is Unavailable)
    assert not [leak for leak in ("s3cret", BASIC, "ada@", "Sato") if leak in _told(caught.value) + caplog.text]


@pytest.mark.parametrize(("answer", "kind"), _named(READING))
@pytest.mark.parametrize("verb", ["find", "get", "list"])
async def test_doubt_about_a_read_is_never_not_found(verb: str, answer: Scripted, kind: type[AdapterError]) -> None:
    operation, do = VERBS[verb]
    with pytest.raises(kind):
        await do(Wire(**{operation: answer}).users())


@pytest.mark.parametrize(("answer", "kind", "field"), _named(WRITING))
@pytest.mark.parametrize("verb", ["create", "update"])
async def test_a_refused_value_is_named(
    verb: str, answer: Scripted, kind: type[AdapterError], field: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(**{WRITE: answer})
    with pytest.raises(kind) as caught:
        await VERBS[verb][1](wire.users())
    assert (type(caught.value), caught.value.field) == (kind, field)
    assert wire.operations.count(WRITE) == 1
    assert WRITE in caplog.text and CORRELATION in caplog.text
    assert not [leak for leak in ("s3cret", "ada@", "Sato", "Login Name") if leak in _told(caught.value) + caplog.text]


@pytest.mark.parametrize(
    ("verb", "kind"), [("get", NotFound), ("update", NotFound), ("disable", NotFound), ("create", Invalid)]
)
async def test_an_unknown_target_is_not_found_except_in_a_create(verb: str, kind: type[AdapterError]) -> None:
    operation, do = VERBS[verb]
    with pytest.raises(kind):
        await do(Wire(**{operation: UNKNOWN_USER}).users())


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("passing", [html(502), httpx.Response(429), error(status=500), httpx.ReadTimeout("slow")])
async def test_every_call_is_repeated_after_a_passing_fault(verb: str, passing: Scripted) -> None:
    operation, do = VERBS[verb]
    good = {BULK: d([item()]), LIST: d({"header": [], "rows": []}), WRITE: d({"user": {"uri": "u"}, "errors": []})}
    wire = Wire(**{operation: [passing, passing, good.get(operation, d(None))]})
    await do(wire.users())
    bodies = list(wire.bodies(operation))
    assert len(bodies) == 3 and bodies[0] == bodies[1] == bodies[2]


async def test_a_throttled_call_says_how_long() -> None:
    wire = Wire(BulkGetUsers3=httpx.Response(429, headers={"retry-after": "60"}))
    with pytest.raises(Unavailable) as caught:
        await wire.users().find(Query((Condition("loginName", "eq", ("x",)),), ask=Ask(deadline=_soon(5))))
    assert (caught.value.throttled, caught.value.retry_after) == (True, 60.0)
    assert wire.operations.count(BULK) == 1


def _soon(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_nothing_is_sent_after_the_deadline() -> None:
    wire = Wire(BulkGetUsers3=d([]))
    with pytest.raises(Unavailable):
        await wire.users().get(Get("urn:u:1", ask=Ask(deadline=0.0)))
    assert wire.requests == []


def _told(error: BaseException | None) -> str:
    told = ""
    while error is not None:
        told += f"{error} {error!r} "
        error = error.__cause__
    return told


# -- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (html(401), Denied, "company_key, username and password.*Replicon internal"),
        (error("X", "Insufficient access"), Denied, "permission"),
        (html(503), Unavailable, "503"),
        (d({}), Unavailable, "as whom"),
        (d(None), Unavailable, "as whom"),
    ],
)
async def test_check_tells_refusal_from_outage(answer: Scripted, kind: type[AdapterError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught:
        await Wire(GetMyActualUserIdentity=answer).adapter().check()
    assert "s3cret" not in _told(caught.value)


# -- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        d([]),
        d([None]),
        d([{"userDetails": None}]),
        d([{"userDetails": {"uri": None}, "securityConfiguration": None}]),
        d([{"userDetails": {"uri": ""}}]),
        UNKNOWN_USER,
        error("InvalidUserTargetParameterError1", status=500),
    ],
)
async def test_every_form_of_not_found_is_understood(answer: httpx.Response) -> None:
    users = Wire(BulkGetUsers3=answer).users()
    assert list((await users.find(by("loginName", "ada@example.com"))).records) == []
    with pytest.raises(NotFound):
        await users.get(Get("urn:u:1"))


@pytest.mark.parametrize("field", ["uri", "loginName", "employeeId"])
async def test_every_spelling_is_asked_for_in_one_call(field: str) -> None:
    wire = Wire(BulkGetUsers3=d([]))
    assert wire.users().can.filter[field] == frozenset({"eq-exact"})
    await wire.users().find(by(field, "Ada", "ada", "Ada"))
    (request,) = wire.bodies(BULK)
    assert [{k: v for k, v in t.items() if k != "parameterCorrelationId"} for t in request["users"]] == [
        {field: "Ada"},
        {field: "ada"},
    ]


async def test_the_same_user_in_two_spellings_is_one() -> None:
    users = Wire(BulkGetUsers3=d([item(), item()])).users()
    page = await users.find(by("loginName", "Ada@example.com", "ada@example.com"))
    assert [r["uri"] for r in page.records] == ["urn:u:1"]
    assert (page.next, page.total) == (None, None)


async def test_somebody_else_is_not_taken_for_the_one_who_was_asked_for() -> None:
    users = Wire(BulkGetUsers3=d([item(login="bob@example.com")])).users()
    assert list((await users.find(by("loginName", "ada@example.com"))).records) == []


async def test_a_login_that_may_not_be_read_is_denied_and_not_absent() -> None:
    users = Wire(BulkGetUsers3=d([item(login=None)])).users()
    with pytest.raises(Denied):
        await users.find(by("loginName", "ada@example.com"))


async def test_a_batch_refused_for_one_unknown_user_still_finds_the_others() -> None:
    known = {f"urn:u:{n}" for n in range(50) if n not in (7, 8, 31)}

    def bulk(request: httpx.Request) -> httpx.Response:
        asked = [target["uri"] for target in json.loads(request.content)["users"]]
        return d([item(uri) for uri in asked]) if known.issuperset(asked) else UNKNOWN_USER

    wire = Wire(GetData=rows(*(f"urn:u:{n}" for n in range(50))), BulkGetUsers3=bulk)
    page = await wire.users().find(Query())
    assert {r["uri"] for r in page.records} == known
    assert wire.operations.count(BULK) < 40


async def test_two_spellings_refused_together_are_asked_for_apart() -> None:
    def bulk(request: httpx.Request) -> httpx.Response:
        asked = [target["loginName"] for target in json.loads(request.content)["users"]]
        return d([item(login="ada")]) if asked == ["ada"] else UNKNOWN_USER

    wire = Wire(BulkGetUsers3=bulk)
    assert len((await wire.users().find(by("loginName", "ADA", "ada"))).records) == 1
    assert wire.operations.count(BULK) == 3


async def test_a_record_is_flat() -> None:
    (record,) = (await Wire(BulkGetUsers3=d([item()])).users().find(by("uri", "urn:u:1"))).records
    assert record == NATIVE


@pytest.mark.parametrize(
    ("security", "details", "enabled"),
    [
        ({"isLoginEnabled": True}, {}, True),
        ({"isLoginEnabled": False}, {"isEnabled": True}, False),
        ({"isLoginEnabled": "true"}, {}, True),
        ({"isLoginEnabled": "False"}, {}, False),
        ({}, {"isEnabled": False}, False),
        ({"isLoginEnabled": "maybe"}, {"isEnabled": None}, None),
        ({"isLoginEnabled": 1}, {"isEnabled": {}}, None),
    ],
)
async def test_enabled_is_read_in_every_form(security: Any, details: Any, enabled: bool | None) -> None:
    user = item(**{"isEnabled": None, **details})
    user["securityConfiguration"] = {"loginName": "ada", **security}
    assert (await Wire(BulkGetUsers3=d([user])).users().get(Get("urn:u:1")))["loginEnabled"] is enabled


@pytest.mark.parametrize(
    ("first", "last", "shown", "presented"),
    [
        ("Ada", "Love", "Love, Ada", "Ada Love"),
        ("Ada", "Love", "Ada Love", "Ada Love"),
        ("Ada", "Love", "Countess", "Countess"),
        ("Ada", "Love", "Love,Ada", "Ada Love"),
        ("Ada", "Love", "", None),
        ("Ada", None, "Ada", "Ada"),
        (None, None, ", ", ", "),
    ],
)
async def test_the_display_name_is_shown_as_clients_write_it(
    first: str | None, last: str | None, shown: str, presented: str | None
) -> None:
    user = item(firstName=first, lastName=last, displayText=shown)
    record = await Wire(BulkGetUsers3=d([user])).users().get(Get("urn:u:1"))
    assert (record["displayText"], record["shownAs"]) == (presented, shown or None)


async def test_dirty_details_lose_a_field_and_not_the_list() -> None:
    dirty = {"userDetails": {"uri": "urn:u:2", "firstName": {"x": 1}, "lastName": [], "employeeId": 17}}
    wire = Wire(GetData=rows("urn:u:1", "urn:u:2"), BulkGetUsers3=d([item(), dirty]))
    records = (await wire.users().find(Query())).records
    assert [(r["uri"], r["firstName"], r["employeeId"]) for r in records] == [
        ("urn:u:1", "Ada", "E-1"),
        ("urn:u:2", None, "17"),
    ]


# -- listing ---------------------------------------------------------------------------------------------------------

COLUMN = "urn:replicon:user-list-column:user"


def rows(*uris: str | None) -> httpx.Response:
    header = [{"uri": "urn:replicon:user-list-column:login-name"}, {"uri": COLUMN}]
    return d({"header": header, "rows": [{"cells": [{"textValue": "x"}, {"uri": uri}]} for uri in uris]})


def bulk_all(request: httpx.Request) -> httpx.Response:
    return d([item(target["uri"]) for target in json.loads(request.content)["users"]])


async def test_a_list_ends_with_the_page_without_rows() -> None:
    wire = Wire(GetData=[rows("a", "b"), rows("c"), rows()], BulkGetUsers3=bulk_all)
    users, seen, cursor = wire.users(), list[str](), None
    for _ in range(3):
        page = await users.find(Query(cursor=cursor, limit=2))
        seen += [r["uri"] for r in page.records]
        cursor = page.next
    assert (seen, cursor) == (["a", "b", "c"], None)
    assert [(r["page"], r["pagesize"]) for r in wire.bodies(LIST)] == [("1", "2"), ("2", "2"), ("3", "2")]
    assert wire.operations == [DISCOVERY, LIST, BULK, LIST, BULK, LIST]


@pytest.mark.parametrize(("limit", "size"), [(100, "100"), (1000, "100"), (7, "7"), (0, "1")])
async def test_a_page_has_at_most_a_hundred_users(limit: int, size: str) -> None:
    wire = Wire(GetData=rows())
    await wire.users().find(Query(limit=limit))
    assert [r["pagesize"] for r in wire.bodies(LIST)] == [size]


async def test_the_size_of_a_page_stays_while_one_reads_on() -> None:
    wire = Wire(GetData=[rows("a"), rows()], BulkGetUsers3=bulk_all)
    page = await wire.users().find(Query(limit=50))
    await wire.users().find(Query(limit=10, cursor=page.next))
    assert [r["pagesize"] for r in wire.bodies(LIST)] == ["50", "50"]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1:", ":1", "-1:5", "1:5:5"])
async def test_a_cursor_of_somebody_else_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        await Wire(GetData=rows()).users().find(Query(cursor=cursor))


async def test_rows_that_cannot_be_read_are_left_out() -> None:
    page: dict[str, list[Any]] = {"header": [{"uri": COLUMN}], "rows": [None, {}, {"cells": []}, {"cells": [None]}]}
    page["rows"] += [{"cells": [{}]}, {"cells": [{"uri": "a"}]}, {"cells": [{"uri": "a"}]}, {"cells": 5}]
    wire = Wire(GetData=d(page), BulkGetUsers3=bulk_all)
    assert [r["uri"] for r in (await wire.users().find(Query())).records] == ["a"]


@pytest.mark.parametrize("result", [{"rows": [{}], "header": []}, {"rows": [{}]}, {"rows": 5}, {}, [], None])
async def test_a_list_in_an_unknown_form_is_unavailable(result: Any) -> None:
    with pytest.raises(Unavailable):
        await Wire(GetData=d(result)).users().find(Query())


async def test_conditions_that_replicon_cannot_search_by_list_everybody() -> None:
    wire = Wire(GetData=rows("a"), BulkGetUsers3=bulk_all)
    for where in [
        (Condition("firstName", "eq", ("Ada",)),),
        (Condition("loginName", "sw", ("a",)),),
        (Condition("loginName", "eq", ("",)),),
    ]:
        assert len((await wire.users().find(Query(where))).records) == 1


# -- writing ---------------------------------------------------------------------------------------------------------

MADE = d({"user": {"uri": "urn:u:9"}, "errors": []})


async def test_a_create_carries_the_operation_and_every_value() -> None:
    wire = Wire(CreateUserOrApplyModifications=MADE)
    assert await _create(wire.users()) == "urn:u:9"
    (request,) = wire.bodies(WRITE)
    assert request == {
        "target": None,
        "modifications": {
            "loginName": {"value": "ada@example.com"},
            "firstName": {"value": "Ada"},
            "lastName": {"value": "Love"},
            "displayName": {"value": "Ada Love"},
            "emailAddress": {"value": "ada@example.com"},
            "employeeId": {"value": "E-1"},
            "securitySettings": {"value": {"loginEnabled": {"value": "true"}}},
        },
        "userModificationOptionUri": "urn:replicon:user-modification-option:save",
        "unitOfWorkId": OP,
    }
    assert wire.operations == [DISCOVERY, WRITE]


async def test_who_is_created_disabled_is_disabled_again_by_name() -> None:
    wire = Wire(CreateUserOrApplyModifications=MADE, DisableLogin=d(None))
    await wire.users().create(New({"loginName": "ada", "loginEnabled": False}, Ask(OP)))
    assert wire.operations == [DISCOVERY, WRITE, "DisableLogin"]
    assert list(wire.bodies("DisableLogin")) == [{"userUri": "urn:u:9"}]
    (request,) = wire.bodies(WRITE)
    assert request["modifications"]["securitySettings"] == {"value": {"loginEnabled": {"value": "false"}}}


@pytest.mark.parametrize("answer", [UNKNOWN_USER, error("InvalidThingParameterError1"), error("X", "already exists")])
async def test_a_refusal_after_the_create_does_not_deny_the_create(answer: httpx.Response) -> None:
    wire = Wire(CreateUserOrApplyModifications=MADE, DisableLogin=answer)
    with pytest.raises(Unavailable, match="created the user"):
        await wire.users().create(New({"loginName": "ada", "loginEnabled": False}, Ask(OP)))


async def test_errors_beside_a_created_user_leave_the_outcome_open() -> None:
    wire = Wire(CreateUserOrApplyModifications=refused("Department is bad", user={"uri": "urn:u:9"}))
    with pytest.raises(Unavailable):
        await _create(wire.users())


@pytest.mark.parametrize("result", [None, {}, {"user": None, "errors": []}, {"user": {}}, {"user": {"uri": ""}}, []])
async def test_a_create_that_names_nobody_has_an_unknown_outcome(result: Any) -> None:
    with pytest.raises(Unavailable):
        await _create(Wire(CreateUserOrApplyModifications=d(result)).users())


@pytest.mark.parametrize("result", [None, {}, {"user": None, "errors": []}, {"user": {"uri": "u"}, "errors": None}])
async def test_a_change_need_not_name_its_user(result: Any) -> None:
    await _update(Wire(CreateUserOrApplyModifications=d(result)).users())


async def test_a_change_sends_what_differs_and_nothing_else() -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}))
    await wire.users().update(change(lastName="Sato", emailAddress=None))
    (request,) = wire.bodies(WRITE)
    assert request["target"] == {"uri": "urn:u:1"}
    assert request["modifications"] == {"lastName": {"value": "Sato"}, "emailAddress": {"value": None}}


async def test_access_goes_first_and_comes_last() -> None:
    answers: dict[str, Any] = {WRITE: d({}), "EnableLogin": d(None), "DisableLogin": d(None)}
    for enabled, order in ((True, [WRITE, "EnableLogin"]), (False, ["DisableLogin", WRITE])):
        wire = Wire(**answers)
        await wire.users().update(change(lastName="Sato", loginEnabled=enabled))
        assert wire.operations[1:] == order


@pytest.mark.parametrize(
    ("set", "after", "fresh", "operations"),
    [
        ({}, {}, False, []),
        ({}, {}, True, []),
        ({}, {"loginEnabled": False}, True, ["DisableLogin"]),
        ({}, {"loginEnabled": False}, False, []),
        ({"loginEnabled": False}, {"loginEnabled": False}, True, ["DisableLogin"]),
        ({"loginEnabled": True}, {"loginEnabled": True}, True, ["EnableLogin"]),
        ({"loginEnabled": None}, {"loginEnabled": None}, False, []),
    ],
)
async def test_a_create_of_unknown_outcome_has_its_side_step_repeated(
    set: Native, after: Native, fresh: bool, operations: list[str]
) -> None:
    wire = Wire(EnableLogin=d(None), DisableLogin=d(None))
    await wire.users().update(Change("urn:u:1", NATIVE, {**NATIVE, **after}, set, fresh=fresh, ask=Ask(OP)))
    assert wire.operations[1:] == operations


async def test_a_unit_of_work_is_the_same_for_a_repeat_and_for_nothing_else() -> None:
    wire = Wire(CreateUserOrApplyModifications=MADE)
    users = wire.users()
    await _create(users)
    for one in [
        change(lastName="Sato"),
        change(lastName="Sato"),
        change(lastName="Mori"),
        change({**NATIVE, "uri": "urn:u:2"}, lastName="Sato"),
        change(lastName="Sato", op="another"),
        change(lastName="Sato", op=""),
        change(lastName="Sato", op=""),
    ]:
        await users.update(one)
    await users.create(New({"loginName": "bob"}))
    ids = [request["unitOfWorkId"] for request in wire.bodies(WRITE)]
    assert ids[1] == ids[2] and len(set(ids)) == len(ids) - 1 and all(ids)


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ({"displayText": "Ada Love"}, False),
        ({"displayText": "Love, Ada"}, False),
        ({"displayText": "Love Ada"}, False),
        ({"displayText": None}, False),
        ({"displayText": "Ada Love (guest)"}, True),
        ({"displayText": "Ada"}, True),
        ({"displayText": "Ada Sato", "lastName": "Sato"}, True),
    ],
)
async def test_a_display_name_that_replicon_makes_itself_is_not_written(wanted: Native, written: bool) -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}))
    await wire.users().update(changed(NATIVE, wanted))
    sent = [request["modifications"] for request in wire.bodies(WRITE)]
    assert ("displayName" in sent[0] if sent else False) is written


async def test_a_display_name_of_its_own_is_written_and_cleared() -> None:
    before = {**NATIVE, "displayText": "Countess", "shownAs": "Countess"}
    wire = Wire(CreateUserOrApplyModifications=d({}))
    for wanted in ("Ada Love", None, "Countess"):
        await wire.users().update(change(before, displayText=wanted))
    sent = [request["modifications"] for request in wire.bodies(WRITE)]
    assert sent == [{"displayName": {"value": "Ada Love"}}, {"displayName": {"value": None}}]


async def test_cleared_names_become_what_a_new_user_without_names_gets() -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}))
    await wire.users().update(change(firstName=None, lastName=None))
    (request,) = wire.bodies(WRITE)
    assert request["modifications"] == {"firstName": {"value": "ada"}, "lastName": {"value": "-"}}


@pytest.mark.parametrize(
    ("login", "first"),
    [("ada.love@example.com", "ada.love"), ("ada", "ada"), ("@x", "@x"), ("a" * 60 + "@x", "a" * 50)],
)
def test_who_has_no_names_gets_some(login: str, first: str) -> None:
    fields = Wire().users().fields
    given, family = fields["name.givenName"], fields["name.familyName"]
    assert not isinstance(given, str) and given.default and given.default({"loginName": login}) == first
    assert not isinstance(family, str) and family.default and family.default({}) == "-"
    assert family.read and family.read("-") is None and family.read("Love") == "Love"


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("firstName", "a" * 50, "a" * 51),
        ("lastName", "é" * 50, "é" * 51),
        ("loginName", "a" * 255, "a" * 256),
        ("emailAddress", "a" * 243 + "@example.com", "a" * 244 + "@example.com"),
        ("emailAddress", "ada@example.com", "adä@example.com"),
    ],
)
async def test_what_replicon_would_refuse_is_refused_before_anything_is_done(field: str, good: str, bad: str) -> None:
    before = {**NATIVE, field: "before"}
    wire = Wire(CreateUserOrApplyModifications=MADE, DisableLogin=d(None))
    await wire.users().update(changed(before, {field: good}))
    await wire.users().create(New({"loginName": "x", field: good}))
    wire = Wire(CreateUserOrApplyModifications=MADE, DisableLogin=d(None))
    for call in (
        wire.users().update(changed(before, {"loginEnabled": False, field: bad})),
        wire.users().create(New({"loginName": "x", field: bad})),
    ):
        with pytest.raises(Invalid) as caught:
            await call
        assert caught.value.field == field
    assert wire.requests == []


# -- the rest --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "own"), [("scim.gateway", True), ("SCIM.Gateway", True), ("ada", False), (None, False)]
)
def test_the_gateways_own_user_is_known(login: str | None, own: bool) -> None:
    assert Wire().users().own({"loginName": login}) is own


def test_what_is_declared() -> None:
    users = Wire().users()
    verbs = ("get", "create", "update", "amend", "delete")
    assert [verb for verb in verbs if users.declares(verb)] == ["get", "create", "update", "delete"]
    can = users.can
    assert (can.partial, can.repeatable_create, can.offset, can.sort, can.version) == (
        True,
        True,
        False,
        frozenset(),
        None,
    )


async def test_nothing_shows_the_password() -> None:
    wire = Wire(BulkGetUsers3=d([]))
    one = wire.adapter()
    shown = [repr(one), repr(one.settings), str(one.settings), one.settings.model_dump_json(), repr(one.resources())]
    await one.resources()[0].find(by("loginName", "x"))
    assert not [text for text in shown if "s3cret" in text or BASIC in text]
    assert not [r for r in wire.requests if "s3cret" in str(r.url) or "scim.gateway" in str(r.url)]
    await one.aclose()


CREDENTIAL = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="\\:"), max_size=30
)


@settings(deadline=None)
@given(username=CREDENTIAL, password=CREDENTIAL)
def test_no_credential_is_ever_in_a_url(username: str, password: str) -> None:
    username, password = f"user!{username}", f"pass!{password}"
    wire = Wire(BulkGetUsers3=d([item()]), GetData=[rows("urn:u:1"), rows()])
    wire.script(WRITE, MADE)
    wire.script("DisableLogin", d(None))

    async def everything() -> None:
        users = wire.users(username=username, password=password)
        await users.find(Query())
        await users.get(Get("urn:u:1"))
        await users.create(New({"loginName": "x", "loginEnabled": False}))

    asyncio.run(everything())
    for request in wire.requests:
        told = unquote(str(request.url)) + str(request.url)
        assert not [text for text in (username, password, "user!", "pass!") if text in told]
    account = base64.b64decode(wire.requests[-1].headers["authorization"].removeprefix("Basic ")).decode()
    assert account == f"acme\\{username}:{password}"
