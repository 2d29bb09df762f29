"""What stands in front of the operations: faults, limits, credentials, the form of answers, and the log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.kintone.credentials import admit, passes_site
from simulators.kintone.errors import Refused
from simulators.kintone.operations import OPERATIONS, name, writes
from simulators.kintone.site import Site
from simulators.replicon.envelope import Reply, as_html, as_json, parsed
from simulators.replicon.journal import censored

WINDOW = 60
"""Seconds of the rate limit."""


@dataclass(frozen=True)
class Call:
    """A request; the names of the headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def operation(self) -> str:
        """Which call of the API it is."""
        return name(self.method, urlsplit(self.target).path)

    @property
    def params(self) -> dict[str, str]:
        """The query."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


def answer(site: Site, call: Call) -> Reply:
    """The reply to a call; the caller holds the lock."""
    reply = _faulted(site, call)
    reply.seconds += site.switches.latency_ms / 1000
    _note(site, call, reply)
    return reply


def _faulted(site: Site, call: Call) -> Reply:
    fault = site.fault(call.operation)
    if fault is None:
        return _performed(site, call)
    if not fault.performs:
        return fault.applied(None)
    with site.stale() if fault.stale and not writes(call.operation) else contextlib.nullcontext():
        return fault.applied(_performed(site, call))


def _performed(site: Site, call: Call) -> Reply:
    try:
        return _routed(site, call)
    except Refused as refused:
        status = site.switches.bad_request_status if refused.status == 400 else refused.status
        return as_json(refused.document(site.switches.locale, next(site.errors)), status)
    except Exception as error:  # a bug of ours is answered, said in one line, and cuts no connection
        print(f"The simulator failed at {call.operation}: {error!r}", file=sys.stderr)
        return as_html(500, "Internal server error")


def _routed(site: Site, call: Call) -> Reply:
    if site.switches.ip_refused:
        return as_html(403, "Forbidden")
    if not passes_site(site, call.headers):
        refused = as_html(401, "Unauthorized")
        refused.headers["WWW-Authenticate"] = 'Basic realm="cybozu.com"'
        return refused
    operation = call.operation
    if operation not in OPERATIONS:
        return as_html(404, "Not found")
    if _limited(site):
        return _too_many(site)
    admit(site, call.headers, operation)
    if call.method == "GET" and "content-type" in call.headers and site.switches.strict_get_content_type:
        raise Refused("CB_IL02")
    return _operated(site, call, operation)


def _operated(site: Site, call: Call, operation: str) -> Reply:
    body = _body(call) if writes(operation) else {}
    if not writes(operation):
        return as_json(OPERATIONS[operation](site, call.params, body))
    if any(fault.stale for fault in site.faults):
        site.remember()
    OPERATIONS[operation](site, call.params, body)
    reply = _written(site, body)
    if site.switches.timeout_after_write:
        site.switches.timeout_after_write -= 1
        reply.cut, reply.seconds = True, site.switches.timeout_after_write_seconds
    return reply


def _written(site: Site, body: Any) -> Reply:
    if site.switches.write_reply == "nothing":
        return Reply(200, b"")
    return as_json(censored(body) if site.switches.write_reply == "echo" else {})


def _body(call: Call) -> dict[str, Any]:
    try:
        body = parsed(call.raw)
    except ValueError:
        raise Refused("CB_IJ01") from None
    if not isinstance(body, dict) or "application/json" not in call.headers.get("content-type", ""):
        raise Refused("CB_IL02")
    return body


def _limited(site: Site) -> bool:
    limit, now, calls = site.switches.rate_limit, time.monotonic(), site.calls
    while calls and now - calls[0] >= WINDOW:
        calls.popleft()
    if not limit:
        return False
    if len(calls) >= limit:
        return True
    calls.append(now)
    return False


def _too_many(site: Site) -> Reply:
    refused = Refused("GAIA_TO04", status=429)
    reply = as_json(refused.document(site.switches.locale, next(site.errors)), 429)
    if site.switches.rate_limit_retry_after:
        reply.headers["Retry-After"] = str(site.switches.rate_limit_retry_after)
    return reply


def _note(site: Site, call: Call, reply: Reply) -> None:
    """Log a call and what became of it, without any password or token."""
    try:
        body = censored(parsed(call.raw))
    except ValueError:
        body = None
    operation = call.operation
    entry = {"operation": operation, "params": call.params, "status": reply.status, "answered": not reply.cut}
    site.requests.append(entry | {"write": writes(operation), "body": body})
