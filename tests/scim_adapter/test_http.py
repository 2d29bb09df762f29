"""The HTTP layer: what is asked again, how long one waits, and what remains."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import stamina

from scim_adapter import (
    AdapterError,
    Ask,
    Denied,
    Exists,
    Invalid,
    NotFound,
    OutOfQuota,
    Stale,
    Unavailable,
    Unsupported,
)
from scim_adapter.http import Http, body, checked, retry_after, ssl_context, transient

URL = "https://backend.example/secret-path"
Outcome = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script:
    """A transport that does one thing after the other, the last for ever, and counts."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.requests = outcomes, list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        outcome = self.outcomes[min(len(self.requests), len(self.outcomes)) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, httpx.Response):
            return httpx.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)
        return outcome(request)


def client(script: Script, **options: Any) -> Http:
    return Http(transport=httpx.MockTransport(script), **{"wait": 0.01, **options})


@pytest.fixture
def instant() -> Iterator[None]:
    """Nobody waits between attempts."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


OK = httpx.Response(200, json={})
REFUSED = httpx.ConnectError("refused")

ATTEMPTS: list[tuple[Outcome, int, int]] = [
    # what happens, how often a repeatable call is made, how often another
    (OK, 1, 1),
    (httpx.Response(204), 1, 1),
    (httpx.Response(302, headers={"location": "https://elsewhere.example"}), 1, 1),
    (httpx.Response(400), 1, 1),
    (httpx.Response(401), 1, 1),
    (httpx.Response(404), 1, 1),
    (httpx.Response(408), 1, 1),
    (httpx.Response(409), 1, 1),
    (httpx.Response(501), 1, 1),
    (httpx.Response(500), 3, 1),
    (httpx.Response(502), 3, 1),
    (httpx.Response(503), 3, 1),
    (httpx.Response(504), 3, 1),
    (httpx.Response(429), 3, 3),
    (httpx.ConnectError("refused"), 3, 3),
    (httpx.ConnectTimeout("slow"), 3, 3),
    (httpx.PoolTimeout("full"), 3, 3),
    (httpx.ReadTimeout("slow"), 3, 1),
    (httpx.WriteTimeout("slow"), 3, 1),
    (httpx.ReadError("reset"), 3, 1),
    (httpx.RemoteProtocolError("cut off"), 3, 1),
]


def name_of(value: object) -> str | None:
    if isinstance(value, httpx.Response):
        return str(value.status_code)
    return type(value).__name__ if isinstance(value, Exception) else None


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("repeatable", [True, False], ids=["repeatable", "once"])
@pytest.mark.parametrize(("happens", "often", "once"), ATTEMPTS, ids=name_of)
async def test_how_often_is_asked(happens: Outcome, often: int, once: int, repeatable: bool) -> None:
    script = Script(happens)
    try:
        response = await client(script).send("POST", URL, repeatable=repeatable)
    except Unavailable as error:
        status = happens.status_code if isinstance(happens, httpx.Response) else 0
        assert status in (0, 429) or status >= 500
        assert error.throttled is (status == 429)
    else:
        assert isinstance(happens, httpx.Response) and response.status_code == happens.status_code
    assert len(script.requests) == (often if repeatable else once)


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_body_that_cannot_be_decoded_is_no_answer(repeatable: bool) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    script = Script(broken)
    with pytest.raises(Unavailable):
        await client(script).send("GET", URL, repeatable=repeatable)
    assert len(script.requests) == (3 if repeatable else 1)


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("first", [httpx.Response(503), httpx.Response(429), REFUSED, httpx.ReadTimeout("slow")])
async def test_the_first_good_answer_ends_it(first: Outcome) -> None:
    script = Script(first, OK)
    response = await client(script).send("GET", URL, repeatable=True)
    assert (response.status_code, len(script.requests)) == (200, 2)


@pytest.mark.usefixtures("instant")
async def test_a_write_that_met_429_and_then_broke_is_not_made_again() -> None:
    script = Script(httpx.Response(429), httpx.ReadTimeout("slow"), OK)
    with pytest.raises(Unavailable):
        await client(script).send("POST", URL)
    assert len(script.requests) == 2


@pytest.mark.usefixtures("instant")
async def test_the_number_of_attempts_can_be_set() -> None:
    script = Script(httpx.Response(503))
    with pytest.raises(Unavailable):
        await client(script, attempts=5).send("GET", URL, repeatable=True)
    assert len(script.requests) == 5


@pytest.mark.usefixtures("instant")
async def test_the_adapter_says_which_answers_are_none() -> None:
    script = Script(httpx.Response(500), httpx.Response(418), OK)
    http = client(script)
    assert (await http.send("GET", URL, repeatable=True, failed=lambda r: r.status_code == 418)).status_code == 500
    assert (await http.send("GET", URL, repeatable=True, failed=lambda r: r.status_code == 418)).status_code == 200


# -- waiting ---------------------------------------------------------------------------------------------------------


async def timed(http: Http, left: float, **options: Any) -> tuple[float, Unavailable | None]:
    began = time.monotonic()
    try:
        await http.send("GET", URL, ask=Ask(deadline=began + left), repeatable=True, **options)
    except Unavailable as error:
        return time.monotonic() - began, error
    return time.monotonic() - began, None


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_waited_for(status: int) -> None:
    script = Script(httpx.Response(status, headers={"retry-after": "1"}), OK)
    took, error = await timed(client(script), left=5)
    assert error is None and 1.0 <= took < 1.5 and len(script.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_retry_after_beyond_the_deadline_is_reported_at_once(status: int) -> None:
    script = Script(httpx.Response(status, headers={"retry-after": "30"}), OK)
    took, error = await timed(client(script), left=2)
    assert error is not None and took < 0.5 and len(script.requests) == 1
    assert (error.retry_after, error.throttled) == (30.0, status == 429)


@pytest.mark.parametrize("status", [429, 503])
async def test_backing_off_never_outlasts_the_deadline_and_keeps_the_reason(status: int) -> None:
    script = Script(httpx.Response(status))
    took, error = await timed(client(script, wait=0.2, attempts=20), left=0.5)
    assert error is not None and took <= 0.5
    assert error.message.find(str(status)) > 0 and error.throttled is (status == 429)


async def test_pauses_grow() -> None:
    moments: list[float] = []

    def busy(request: httpx.Request) -> httpx.Response:
        moments.append(time.monotonic())
        return httpx.Response(503)

    await timed(client(Script(busy), wait=0.05, attempts=4), left=60)
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert len(pauses) == 3
    assert all(0.05 * 2**n <= p <= 0.05 * 2**n + 0.05 + 0.05 for n, p in enumerate(pauses)), pauses


@pytest.mark.parametrize("left", [0.0, -5.0])
async def test_nobody_is_asked_after_the_deadline(left: float) -> None:
    script = Script(OK)
    took, error = await timed(client(script), left=left)
    assert error is not None and took < 0.1 and script.requests == []


async def test_one_attempt_lasts_no_longer_than_its_timeout_or_the_deadline() -> None:
    seen: list[Any] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx.Response(200)

    http = client(Script(keep), timeout=3.0)
    await http.send("GET", URL)
    await http.send("GET", URL, ask=Ask(deadline=time.monotonic() + 1.0))
    assert 2.8 < seen[0] <= 3.0 and 0.8 < seen[1] <= 1.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u0663", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_is_read_and_no_other_form(value: str, seconds: float | None) -> None:
    headers = httpx.Headers([(b"retry-after", value.encode())])
    assert retry_after(httpx.Response(429, headers=headers)) == seconds


# -- a real server ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[int]]]:
    """A server on loopback that reads each request and then does `answer`."""
    calls: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            calls.append(1)
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = running.sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}", calls
    finally:
        running.close()


async def good(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a": 1}')
    await writer.drain()


async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 80\r\n\r\n{"a": 1')
    await writer.drain()


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def gone(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    return


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _byte in range(400):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_a_real_answer_is_read_and_the_client_opens_again_after_closing() -> None:
    async with server(good) as (url, calls):
        http = Http(url)
        assert body(await http.send("GET", "/x")) == {"a": 1}
        await http.aclose()
        await http.aclose()
        assert checked(await http.send("GET", "/x")) == {"a": 1}
        await http.aclose()
        assert len(calls) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "repeatable", "attempts"),
    [(cut, True, 3), (cut, False, 1), (gone, True, 3), (gone, False, 1), (silent, True, 3), (silent, False, 1)],
)
async def test_a_real_server_that_fails_is_unavailable(answer: Any, repeatable: bool, attempts: int) -> None:
    async with server(answer) as (url, calls):
        http = Http(url, timeout=0.8, wait=0.01)
        with pytest.raises(Unavailable):
            await http.send("POST", "/x", repeatable=repeatable)
        await http.aclose()
        assert len(calls) == attempts


async def test_an_answer_that_drips_ends_with_the_timeout() -> None:
    async with server(dripping) as (url, _):
        http = Http(url, timeout=0.2, attempts=1)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await http.send("GET", "/x")
        await http.aclose()
        assert time.monotonic() - began < 10, "it would drip for 20 seconds"


async def test_a_port_where_nobody_listens_is_tried_again_even_for_a_write() -> None:
    async with server(good) as (url, _):
        pass
    http = Http(url, wait=0.01)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        await http.send("POST", "/x")
    await http.aclose()
    assert time.monotonic() - began >= 0.03


async def test_a_redirect_is_never_followed() -> None:
    script = Script(httpx.Response(307, headers={"location": "https://elsewhere.example"}))
    http = client(script, auth=("user", "s3cret"))
    assert (await http.send("POST", URL)).status_code == 307
    assert len(script.requests) == 1


async def test_making_a_client_opens_nothing() -> None:
    http = Http("https://backend.example")
    await http.aclose()
    assert ssl_context() is ssl_context()


# -- what an answer means --------------------------------------------------------------------------------------------

JSON = {"error": "s3cret"}
MEANINGS: list[tuple[int, Any, type[AdapterError]]] = [
    (301, JSON, Unavailable),
    (400, JSON, Invalid),
    (401, JSON, Denied),
    (402, JSON, OutOfQuota),
    (403, JSON, Denied),
    (404, JSON, NotFound),
    (404, None, Unavailable),
    (404, "<html>s3cret</html>", Unavailable),
    (405, JSON, Unsupported),
    (409, JSON, Stale),
    (412, JSON, Stale),
    (418, JSON, Unavailable),
    (422, JSON, Invalid),
    (429, JSON, Unavailable),
    (500, JSON, Unavailable),
    (501, JSON, Unsupported),
    (503, "<html>s3cret</html>", Unavailable),
    (200, "<html>s3cret</html>", Unavailable),
    (200, '{"a": "s3cret', Unavailable),
    (200, b'"s3cret \xff"', Unavailable),
    (200, "[" * 100_000, Unavailable),
]


def answer(status: int, content: Any) -> httpx.Response:
    request = httpx.Request("GET", URL)
    if isinstance(content, dict):
        return httpx.Response(status, json=content, request=request)
    return httpx.Response(status, content=content or b"", request=request)


@pytest.mark.parametrize(("status", "content", "error"), MEANINGS)
def test_what_a_status_means(status: int, content: Any, error: type[AdapterError]) -> None:
    with pytest.raises(error) as caught:
        checked(answer(status, content))
    assert type(caught.value) is error and caught.value.field is None


def test_a_conflict_with_a_known_field_names_it() -> None:
    with pytest.raises(Exists) as caught:
        checked(answer(409, JSON), unique="login")
    assert caught.value.field == "login"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_good_answer_may_be_empty(status: int) -> None:
    assert checked(answer(status, None)) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_tells_of_the_backends_state(status: int) -> None:
    assert transient(httpx.Response(status))


@pytest.mark.parametrize("status", [200, 301, 404, 429, 501])
def test_other_statuses_tell_of_the_request(status: int) -> None:
    assert not transient(httpx.Response(status))


# -- what is never said ----------------------------------------------------------------------------------------------

LEAKS = ("s3cret", "secret-path", "backend.example", "hunter2", "Basic", "aHVudGVy")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("happens", [o for o, *_ in ATTEMPTS if isinstance(o, Exception)] + [
    answer(status, content) for status, content, _ in MEANINGS
], ids=name_of)  # fmt: skip
async def test_no_error_tells_a_body_a_url_or_a_credential(happens: Outcome, caplog: pytest.LogCaptureFixture) -> None:
    http = client(Script(happens), auth=("hunter2", "s3cret"), headers={"x-key": "s3cret"})
    caplog.set_level("DEBUG", "stamina")
    with pytest.raises(AdapterError) as caught:
        checked(await http.send("POST", URL, json={"password": "s3cret"}, repeatable=True))
    told = [repr(http), caplog.text]
    for error in chain(caught.value):
        told += [str(error), repr(error)]
    assert not [leak for leak in LEAKS for text in told if leak in text]
    await http.aclose()
