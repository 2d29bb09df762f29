"""HTTP towards a backend: retries, back-off and deadlines in one layer (extra `http`: httpx, stamina).

What is repeated: calls marked `repeatable`, and any call whose request certainly had no effect (connection refused,
429). Waiting follows the backend's Retry-After and never outlasts the client's deadline. What remains is one of the
contract's errors, without body, credentials or URL in its message.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
import stamina

from scim_adapter.contract import Ask
from scim_adapter.errors import Denied, Exists, Invalid, NotFound, OutOfQuota, Stale, Unavailable, Unsupported

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before the request was sent: repeating it cannot do anything twice."""


class _Throttled(Unavailable):
    """429: the call had no effect."""


class _Unsent(Unavailable):
    """The request did not reach the backend."""


@cache
def ssl_context() -> ssl.SSLContext:
    """One TLS context for all clients of the process; making one costs about 20 ms."""
    return httpx.create_ssl_context()


class _Wire(httpx.AsyncBaseTransport):
    """httpx's own transport, one for each scheme: who asks an http:// address waits for no certificates."""

    def __init__(self) -> None:
        self._made: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        scheme = request.url.scheme
        if scheme not in self._made:
            context = ssl_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._made[scheme] = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        return await self._made[scheme].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._made.values():
            await transport.aclose()


def transient(response: httpx.Response) -> bool:
    """Whether a status tells of the backend's state rather than of the request: 5xx except 501."""
    return response.status_code >= 500 and response.status_code != 501


class Http:
    """One backend's HTTP client. `timeout` bounds one attempt, in seconds; `attempts` counts the first one too."""

    def __init__(
        self,
        base_url: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | tuple[str, str] | None = None,
        timeout: float = 30.0,
        attempts: int = 3,
        wait: float = 0.2,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.timeout, self.attempts, self.wait = timeout, attempts, wait
        self._options: dict[str, Any] = {"base_url": base_url, "headers": headers, "auth": auth}
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(transport=self._transport or _Wire(), trust_env=False, **self._options)
        return self._client

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        ask: Ask | None = None,
        repeatable: bool = False,
        failed: Callable[[httpx.Response], bool] = transient,
        **request: Any,
    ) -> httpx.Response:
        """One call, repeated where that is safe. `request` takes httpx's `json`, `params`, `headers` and `content`.

        `failed` tells which answers are no answer. Raises `Unavailable` when none was had in time.
        """
        ask, tried = ask or Ask(), itertools.count()

        def pause(error: Exception) -> bool | float:
            if not isinstance(error, Unavailable) or not (repeatable or isinstance(error, _Throttled | _Unsent)):
                return False
            seconds = self._back_off(next(tried)) if error.retry_after is None else error.retry_after
            return seconds if seconds < ask.left else False

        async for attempt in stamina.retry_context(on=pause, attempts=self.attempts, timeout=None):
            with attempt:
                return await self._once(method, url, ask, failed, request)
        raise Unavailable("No attempt was made.")  # pragma: no cover - the loop returns or raises

    def _back_off(self, tried: int) -> float:
        return float(min(5.0, self.wait * 2**tried)) + random.uniform(0, self.wait)  # noqa: S311 - spreads load, no secret

    async def _once(
        self, method: str, url: str, ask: Ask, failed: Callable[[httpx.Response], bool], request: dict[str, Any]
    ) -> httpx.Response:
        timeout = min(self.timeout, ask.left)
        if timeout <= 0:
            raise Unavailable("The time for this request had run out before the backend was asked.")
        try:
            # httpx bounds each wait and we bound the whole, which an answer that drips could prolong for ever. httpx is
            # to be first: it knows whether the request was sent.
            async with asyncio.timeout(timeout):
                phase = timeout - min(0.1, timeout / 10)
                response = await self._open().request(method, url, timeout=phase, **request)
        except TimeoutError as error:
            raise Unavailable("The backend was too slow.") from error
        except UNSENT as error:
            raise _Unsent(f"The backend cannot be reached ({type(error).__name__}).") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Unavailable(f"The backend gave no complete answer ({type(error).__name__}).") from error
        return _answered(response, failed)


def _answered(response: httpx.Response, failed: Callable[[httpx.Response], bool]) -> httpx.Response:
    if response.status_code == 429:
        message = "The backend asks the gateway to slow down (429)."
        raise _Throttled(message, retry_after=retry_after(response), throttled=True)
    if failed(response):
        raise Unavailable(f"The backend answered {response.status_code}.", retry_after=retry_after(response))
    return response


def retry_after(response: httpx.Response) -> float | None:
    """The Retry-After header in seconds; None when it is missing or a date."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def body(response: httpx.Response) -> Any:
    """The JSON body of an answer, or None when it is empty; `Unavailable` when it is anything but JSON."""
    if not response.content:
        return None
    try:
        return response.json()
    except (ValueError, RecursionError):  # not chained: the errors of a decoder hold the body
        raise Unavailable(f"The backend answered {response.status_code} with a body that is not JSON.") from None


def checked(response: httpx.Response, *, unique: str | None = None) -> Any:
    """The JSON body of a 2xx answer of an ordinary REST backend, else the error of the contract for its status.

    `unique` is the native field that a 409 speaks of. A 404 without a JSON body is no word of the backend's own.
    """
    status = response.status_code
    if response.is_success:
        return body(response)
    if status in (401, 403):
        raise Denied(f"The backend refuses the gateway's credentials or privileges ({status}).")
    if status == 404:
        if body(response) is None:
            raise Unavailable("The backend answered 404 without a body of its own.")
        raise NotFound("The backend has no such record.")
    raise _refused(status, unique)


def _refused(status: int, unique: str | None) -> Exception:
    if status == 409 and unique:
        return Exists("The backend holds this value already.", field=unique)
    kinds: dict[int, type[Exception]] = {
        400: Invalid, 402: OutOfQuota, 405: Unsupported, 409: Stale, 412: Stale, 422: Invalid, 501: Unsupported
    }  # fmt: skip
    return kinds.get(status, Unavailable)(f"The backend answered {status}.")
