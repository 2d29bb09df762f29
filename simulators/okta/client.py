"""HTTP as Okta speaks it: its headers, its time-out, and repetitions where the target asks for patience."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.client.retry_after import seconds
from simulators.okta.journal import Journal
from simulators.okta.options import Options

REPEATED = (429, 503)
BACKOFF = (1.0, 2.0, 4.0)
"""Seconds before the repetitions when no Retry-After says it; an assumption."""
REPETITIONS = 9
HEADERS = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip,deflate",
    "User-Agent": "Okta SCIM Client 1.0.0",
}


class Failed(Exception):
    """One person or group could not be provisioned; becomes a task. The message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unread. `request` is for messages: a method and a kind of address, without personal data."""

    request: str
    status: int
    content: bytes


class Client:
    """Sends to one target. Use as a context manager."""

    def __init__(self, options: Options, journal: Journal, pause: Callable[[float], None] = time.sleep) -> None:
        self.target = options.target
        self.sent: Counter[str] = Counter()
        self.waited = 0.0
        self._journal, self._pause = journal, pause
        self._patience = options.patience
        # A proxy of the environment would swallow the calls to a gateway on this machine, and loading certificates
        # takes longer than a small run over plain http.
        proxied, verified = not self.target.is_loopback, self.target.base.startswith("https:")
        self._http = httpx.Client(verify=verified, timeout=options.timeout, trust_env=proxied)
        self._http.headers.clear()
        self._http.headers.update({**HEADERS, "Authorization": f"Bearer {options.token}"})

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, method: str, url: str, body: Any = None) -> Answer:
        """One request, repeated while the target says that it is too busy. Raises Failed where no answer comes."""
        left, attempt = self._patience, 0
        response = self._once(method, url, body)
        while response.status_code in REPEATED and (wait := _wait(response, attempt)) is not None and wait <= left:
            left, attempt = left - wait, attempt + 1
            self.waited += wait
            self._pause(wait)
            response = self._once(method, url, body)
        return Answer(method, response.status_code, response.content)

    def _once(self, method: str, url: str, body: Any) -> httpx.Response:
        self.sent[method] += 1
        content, headers = None, {}
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            headers = {"Content-Type": "application/scim+json; charset=utf-8"}
        try:
            response = self._http.request(method, url, content=content, headers=headers)
        except httpx.RequestError as error:
            self._journal.add(method, url, body, None, b"")
            raise Failed(f"{method}: {_lost(error)}") from None
        self._journal.add(method, url, body, response.status_code, response.content)
        return response


def _lost(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer within the time-out"
    if isinstance(error, httpx.DecodingError):
        return "the answer's Content-Encoding could not be undone"
    return f"the connection failed or was cut ({type(error).__name__})"


def _wait(response: httpx.Response, attempt: int) -> float | None:
    """Seconds until the repetition, None to give up."""
    if attempt == REPETITIONS:
        return None
    asked = seconds(response.headers.get("retry-after", ""))
    if asked is not None:
        return asked
    return BACKOFF[attempt] if attempt < len(BACKOFF) else None
