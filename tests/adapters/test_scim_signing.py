"""How the adapter for SCIM servers signs in, and how it keeps within a server's rates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import stamina
from pydantic import SecretStr, ValidationError

from adapters.scim import ScimAdapter, ScimSettings
from scim_adapter import Ask, Denied, Get, New, NotFound, Query, Unavailable
from scim_adapter.scim_backend.credentials import Granted
from scim_adapter.scim_backend.profile import Rate
from scim_adapter.scim_backend.rates import Rates
from simulators.http import Fault
from simulators.scim import Simulator, running
from tests.adapters.opening import opening
from tests.adapters.scim_profiles import connect, profile, write

TOKEN = "POST /oauth/token"
Connect = Callable[..., ScimAdapter]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def connected(server: Simulator, tmp_path: Path) -> AsyncIterator[Connect]:
    """An adapter with a client of OAuth 2, or with other ways to sign in."""
    server.store.reset()

    def made(document: dict[str, Any] | None = None, **settings: Any) -> ScimAdapter:
        client = {"client_id": server.account.username, "client_secret": server.account.password}
        ways = settings or {"token_url": server.token_url, **client}
        file = write(tmp_path, document) if document else "rfc"
        return connect(server, file, **{"bearer_token": None, **ways})

    async with opening(made) as opened:
        yield opened


def counts(server: Simulator) -> dict[str, int]:
    found = dict(server.store.counts())
    server.store.requests.clear()
    return found


WAYS: list[tuple[str, dict[str, Any]]] = [
    ("a token", {"bearer_token": "t0ken-of-the-scim-simulator"}),
    ("a login", {"username": "scim.gateway", "password": "s3cret"}),
    ("a client", {"client_id": "scim.gateway", "client_secret": "s3cret"}),
    ("a client in the form", {"client_id": "scim.gateway", "client_secret": "s3cret", "client_in": "body"}),
    ("an assertion", {"client_id": "scim.gateway", "client_secret": "s3cret", "jwt": "t0ken-of-the-scim-simulator"}),
    ("a scope", {"client_id": "scim.gateway", "client_secret": "s3cret", "scope": "scim.write"}),
]


@pytest.mark.parametrize(("why", "way"), WAYS, ids=[why for why, _ in WAYS])
async def test_each_way_in_opens_the_server(
    connected: Connect, server: Simulator, why: str, way: dict[str, Any]
) -> None:
    one = connected(**way, **({"token_url": server.token_url} if "client_id" in way else {}))
    await one.check()
    assert counts(server).get(TOKEN, 0) == ("client_id" in way)


@pytest.mark.parametrize(("media_type", "sent"), [(None, "application/scim+json"), ("application/json",) * 2])
async def test_requests_say_what_they_are(tmp_path: Path, media_type: str | None, sent: str) -> None:
    seen: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"id": "1", "userName": "ada"})

    more: dict[str, Any] = {"media_type": media_type} if media_type else {}
    file = write(tmp_path, profile(**more))
    values = {"base_url": "https://crm.example.com/scim/", "profile": file, "bearer_token": "a"}
    one = ScimAdapter(ScimSettings.model_validate(values), transport=httpx.MockTransport(server))
    await one.resources()[0].create(New({"userName": "ada"}))
    await one.aclose()
    [request] = seen
    assert (str(request.url), request.headers["content-type"]) == ("https://crm.example.com/scim/Users", sent)
    assert request.headers["accept"] == "application/scim+json, application/json"
    assert request.headers["authorization"] == "Bearer a"


@pytest.mark.parametrize("way", [{"client_secret": "wrong"}, {"jwt": "another-assertion"}])
async def test_a_client_that_is_refused_is_denied(connected: Connect, server: Simulator, way: dict[str, Any]) -> None:
    client = {"token_url": server.token_url, "client_id": "scim.gateway", "client_secret": "s3cret"}
    one = connected(**client | way)
    with pytest.raises(Denied, match="token endpoint refuses"):
        await one.check()
    assert counts(server) == {TOKEN: 1}, "the server itself was not asked"


async def test_many_calls_at_once_fetch_one_token(connected: Connect, server: Simulator) -> None:
    users = connected().resources()[0]
    await asyncio.gather(*(users.find(Query()) for _ in range(8)))
    assert counts(server) == {TOKEN: 1, "GET /Users": 8}


async def test_a_token_that_was_withdrawn_is_fetched_anew_once(connected: Connect, server: Simulator) -> None:
    one = connected()
    users = one.resources()[0]
    await users.find(Query())
    server.store.tokens.clear()
    await asyncio.gather(*(users.find(Query()) for _ in range(4)))
    assert counts(server)[TOKEN] == 2
    server.store.faults.append(Fault.of({"operation": "GET", "status": 401, "times": 2}))
    with pytest.raises(Denied):
        await users.find(Query())
    assert counts(server) == {"GET /Users": 1}, "and not again within a minute"


async def test_a_token_is_renewed_before_its_end() -> None:
    now, fetched = [1000.0], []

    def endpoint(request: httpx.Request) -> httpx.Response:
        fetched.append(request)
        return httpx.Response(200, json={"access_token": f"token-{len(fetched)}", "expires_in": 3600})

    one = Granted(
        "https://auth.example/token", {"grant_type": "client_credentials"}, ("me", "s3cret"),
        clock=lambda: now[0], transport=httpx.MockTransport(endpoint),
    )  # fmt: skip
    for second, token in ((0, 1), (3000, 1), (3539, 1), (3541, 2), (7000, 2), (7082, 3)):
        now[0] = 1000.0 + second
        assert await one.header(Ask()) == f"Bearer token-{token}", second
    await one.aclose()
    assert fetched[0].headers["authorization"].startswith("Basic ")
    assert b"s3cret" not in fetched[0].content


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<html>"), httpx.Response(500, text="oops"), httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]), httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": "a\r\nX: y"}), httpx.Response(200, json={"access_token": 7}),
        httpx.Response(429),
    ],
)  # fmt: skip
async def test_a_token_endpoint_that_talks_rubbish_is_an_outage(answer: httpx.Response) -> None:
    def endpoint(request: httpx.Request) -> httpx.Response:
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    with stamina.set_testing(True, attempts=2, cap=True):
        one = Granted("https://auth.example/token", {}, ("me", "s3cret"), transport=httpx.MockTransport(endpoint))
        with pytest.raises(Unavailable):
            await one.header(Ask())
        await one.aclose()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "none of them"),
        ({"bearer_token": "a", "username": "b", "password": "c"}, "sign in by bearer_token alone"),
        ({"username": "b"}, "given are username"),
        ({"token_url": "https://a.example", "client_id": "b"}, "sign in by"),
        ({"jwt": "a"}, "sign in by"),
        ({"bearer_token": " a"}, "without blanks"),
        ({"bearer_token": ""}, "not empty"),
        ({"bearer_token": "ü"}, "in ASCII"),
        ({"bearer_token": "a", "base_url": "crm.example.com"}, "https://"),
        ({"bearer_token": "a", "base_url": "https://me:pw@crm.example.com"}, "no login"),
        ({"bearer_token": "a", "base_url": "https://crm.example.com/?x=1"}, "no question mark"),
        ({"bearer_token": "a", "profile": "nowhere.toml"}, "cannot be read"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        ScimSettings.model_validate({"base_url": "https://crm.example.com", **values})
    assert "pw" not in str(caught.value)


def test_an_address_may_end_with_a_slash() -> None:
    settings = ScimSettings(base_url=" https://crm.example.com/scim/ ", bearer_token=SecretStr("a"))
    assert settings.base_url == "https://crm.example.com/scim"


# -- rates ------------------------------------------------------------------------------------------------------------


class Watch:
    """A clock that sleeping turns."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


WRITES = Rate("writing", 2, 60.0, frozenset({"POST", "PATCH"}))


async def made(rates: Rates, method: str, ask: Ask) -> None:
    """A call that is answered at once."""
    await rates.enter(method, ask)
    rates.done(method)


async def test_a_call_waits_for_its_turn_and_other_methods_do_not() -> None:
    watch = Watch()
    rates = Rates([WRITES], watch, watch.sleep)
    for method in ("POST", "PATCH", "GET", "GET"):
        await made(rates, method, Ask())
    assert watch.slept == []
    watch.now += 10
    await made(rates, "POST", Ask())
    assert watch.slept == [50.0], "until the first of the last two is a minute old"


async def test_a_call_that_would_come_too_late_is_throttled_at_once() -> None:
    watch = Watch()
    rates = Rates([WRITES], watch, watch.sleep)
    for _ in range(2):
        await made(rates, "POST", Ask())
    with pytest.raises(Unavailable) as caught:
        await made(rates, "POST", Ask(deadline=time.monotonic() + 5))
    assert (caught.value.throttled, caught.value.retry_after, watch.slept) == (True, 60.0, [])


@pytest.mark.parametrize(("told", "closed"), [(7.0, 7.0), (None, 60.0)])
async def test_after_a_429_nothing_of_its_class_is_sent(told: float | None, closed: float) -> None:
    watch = Watch()
    rates = Rates([WRITES], watch, watch.sleep)
    rates.told("PATCH", 429, {}, told)
    with pytest.raises(Unavailable):
        rates.again("POST")
    await made(rates, "GET", Ask())
    await made(rates, "POST", Ask())
    assert watch.slept == [closed]


async def test_a_server_that_counts_refused_calls_is_not_asked_in_vain(connected: Connect, server: Simulator) -> None:
    rates = {"reading": {"limit": 50, "seconds": 60, "methods": ["GET"]}}
    users = connected(profile(rates=rates), bearer_token=server.account.token).resources()[0]
    server.store.faults.append(Fault.of({"operation": "GET", "status": 429, "headers": {"retry-after": "30"}}))
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await users.find(Query(ask=Ask(deadline=time.monotonic() + 5)))
        assert caught.value.throttled and 25 < (caught.value.retry_after or 0) <= 30
    assert counts(server) == {"GET /Users": 1}


async def test_attempts_count_too(connected: Connect, server: Simulator) -> None:
    rates = {"reading": {"limit": 2, "seconds": 60, "methods": ["GET"]}}
    users = connected(profile(rates=rates), bearer_token=server.account.token).resources()[0]
    server.store.faults.append(Fault.of({"operation": "GET", "status": 503, "times": 3}))
    with pytest.raises(Unavailable) as caught:
        await users.find(Query(ask=Ask(deadline=time.monotonic() + 5)))
    assert caught.value.throttled and counts(server) == {"GET /Users": 2}


async def test_a_limit_that_passes_is_waited_for(connected: Connect, server: Simulator) -> None:
    users = connected(bearer_token=server.account.token).resources()[0]
    server.store.faults.append(Fault.of({"operation": "GET", "status": 429, "headers": {"retry-after": "0"}}))
    with pytest.raises(NotFound):
        await users.get(Get("1", ask=Ask(deadline=time.monotonic() + 20)))
    assert counts(server) == {"GET /Users/{id}": 2}
