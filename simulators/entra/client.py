"""HTTP as Entra speaks it: headers, time-outs, a few repetitions, and a count of what was sent."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.client.retry_after import seconds
from simulators.entra.exchange import exchange
from simulators.entra.tenant import Tenant

RETRIES = 2
"""Repetitions at once for a lost answer, a 5xx or a 429. How often Entra repeats within a cycle is not documented."""


class Failed(Exception):
    """One person could not be provisioned; goes to escrow. The message says why."""


class Quarantine(Exception):
    """The job cannot go on ("Application provisioning in quarantine status"). The message says why."""


@dataclass(slots=True)
class Budget:
    """Seconds that may still be waited for one person because the target asked for it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unread. `repeated`: the request went out more than once, so the first may have worked."""

    status: int
    content_type: str
    location: str
    content: bytes
    retry_after: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came back."""

    why: str
    retry_after: str = ""


class Client:
    """Sends to one tenant. Use as a context manager."""

    def __init__(
        self,
        tenant: Tenant,
        token: str,
        *,
        timeout: float = 60.0,
        rate: float = 0.0,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tenant = tenant
        self.sent: Counter[str] = Counter()
        self.recorder: Callable[[dict[str, Any]], None] | None = None
        self._pause = pause
        self._rate = rate
        self._next = 0.0
        self._lock = threading.Lock()
        # A proxy of the environment would swallow the calls to a gateway on this machine.
        proxied = not tenant.is_loopback
        # Loading certificates takes longer than a small cycle over plain http, which has no use for them.
        verified = tenant.base.startswith("https:")
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=5.0)
        self._http = httpx.Client(
            verify=verified, timeout=timeout, limits=limits, transport=transport, trust_env=proxied
        )
        self._http.headers.clear()
        self._http.headers.update(
            {"Authorization": f"Bearer {token}", "Accept": "application/scim+json", "ADSCIMVersion": "5.0"}
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, method: str, url: str, budget: Budget, body: Any = None) -> Answer:
        """One request, repeated as it is while that may help. Never repeated with another body."""
        repetitions, immediate = 0, 0
        while True:
            answer = self._once(method, url, body, repetitions > 0)
            if isinstance(answer, Answer) and answer.status not in (401, 403, 429) and answer.status < 500:
                return answer
            wait = _wait(answer, budget, immediate)
            if wait is None:
                return _given_up(answer, method, repetitions)
            budget.seconds -= wait
            immediate += wait == 0
            repetitions += 1
            self._pause(wait)

    def _once(self, method: str, url: str, body: Any, repeated: bool) -> Answer | Lost:
        self._take_turn(method)
        began = time.monotonic()
        response = self._exchange(method, url, body)
        if self.recorder:
            status, answer = (None, response.why) if isinstance(response, Lost) else _raw(response)
            self.recorder(exchange(method, url, body, status, answer, time.monotonic() - began))
        if isinstance(response, Lost):
            return response
        found = response.headers
        return Answer(
            response.status_code,
            found.get("content-type", ""),
            found.get("location", ""),
            response.content,
            found.get("retry-after", ""),
            repeated,
        )

    def _exchange(self, method: str, url: str, body: Any) -> httpx.Response | Lost:
        headers = {} if body is None else {"Content-Type": "application/scim+json; charset=utf-8"}
        try:
            return self._http.request(method, url, content=wire(body), headers=headers)
        except httpx.DecodingError:
            raise Failed("the answer's Content-Encoding could not be undone") from None
        except httpx.TimeoutException:
            return Lost("no answer within the time-out")
        except httpx.RequestError as error:
            return Lost(f"the connection failed or was cut ({type(error).__name__})")

    def _take_turn(self, method: str) -> None:
        with self._lock:
            self.sent[method] += 1
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + (1 / self._rate if self._rate else 0)
        if turn > now:
            self._pause(turn - now)


def _raw(response: httpx.Response) -> tuple[int | None, bytes | str]:
    return response.status_code, response.content


def wire(body: Any) -> bytes | None:
    """The bytes of a body: compact, and not escaped beyond what JSON demands."""
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _wait(answer: Answer | Lost, budget: Budget, immediate: int) -> float | None:
    """Seconds until the next attempt, None to give up. Entra's own habit with Retry-After is not established."""
    if isinstance(answer, Answer) and answer.status in (401, 403):
        return None
    asked = seconds(answer.retry_after)
    if asked:
        return asked if asked <= budget.seconds else None
    return 0.0 if immediate < RETRIES else None


def _given_up(answer: Answer | Lost, method: str, repetitions: int) -> Answer:
    times = f", after {repetitions + 1} attempts" if repetitions else ""
    if isinstance(answer, Lost):
        raise Failed(f"{method}: {answer.why}{times}")
    if answer.status in (401, 403):
        raise Quarantine(
            f"HTTP {answer.status}: You appear to have entered invalid credentials. Please confirm you are using the "
            "correct information for an administrative account."
        )
    return answer
