"""What stands in front of the operations: faults, limits, credentials, envelopes, and the log."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from typing import Any

from simulators.replicon.calls import Call
from simulators.replicon.company import Company
from simulators.replicon.credentials import caller, unauthorized
from simulators.replicon.discovery import discovered
from simulators.replicon.envelope import Refused, Reply, as_html, as_json, parsed
from simulators.replicon.journal import note
from simulators.replicon.operations import OPERATIONS

WINDOW = 60
"""Seconds of the rate limit."""


def answer(company: Company, call: Call) -> Reply:
    """The reply to a call of the services; the caller holds the lock."""
    correlation = f"{next(company.correlations):032x}"
    reply = _slowed(company, _faulted(company, call, correlation))
    note(company, call, reply, correlation)
    reply.headers.setdefault("X-Execution-Correlation-Id", correlation)
    return reply


def _slowed(company: Company, reply: Reply) -> Reply:
    """The reply after its time; what would take longer than the services allow has its effect and is answered 500."""
    switches = company.switches
    seconds = switches.latency_ms / 1000
    if switches.latency_over_30s:
        switches.latency_over_30s -= 1
        seconds = math.inf
    if seconds > switches.cut_after_seconds:
        reply, seconds = as_html(500, "The request took too long"), switches.cut_after_seconds
    reply.seconds += seconds
    return reply


def _faulted(company: Company, call: Call, correlation: str) -> Reply:
    fault = company.fault(call.service, call.operation)
    if fault is None:
        return _performed(company, call, correlation)
    if not fault.performs:
        return fault.applied(None)
    with company.stale() if fault.stale and not call.writes else contextlib.nullcontext():
        return fault.applied(_performed(company, call, correlation))


def _performed(company: Company, call: Call, correlation: str) -> Reply:
    try:
        return _routed(company, call)
    except Refused as refused:
        return refused.reply(correlation)
    except Exception as error:  # a bug of ours is answered, said in one line, and cuts no connection
        print(f"The simulator failed at {call.operation}: {error!r}", file=sys.stderr)
        return Refused("The server was unable to process the request.", status=500).reply(correlation)


def _routed(company: Company, call: Call) -> Reply:
    if call.method != "POST":
        return as_html(405, "Method not allowed")
    name = call.name(company.key)
    if name is None and not call.discovers:
        return as_html(404, "Endpoint not found")
    if _limited(company):
        return _too_many(company)
    if name is None:
        return as_json({"d": discovered(company, call.headers, _body(call))})
    return _operated(company, call, name)


def _operated(company: Company, call: Call, name: str) -> Reply:
    user = caller(company, call.headers.get("authorization", ""))
    if user is None:
        return unauthorized(company)
    body = _body(call)
    if call.writes:
        company.previous.clear()
    reply = as_json({"d": OPERATIONS[name](company, user, body)})
    if call.writes and company.switches.timeout_after_write:
        company.switches.timeout_after_write -= 1
        reply.cut, reply.seconds = True, company.switches.timeout_after_write_seconds
    return reply


def _body(call: Call) -> dict[str, Any]:
    try:
        body = parsed(call.raw)
    except ValueError:
        raise Refused("The request is not JSON that can be read.", "InvalidRequestError1") from None
    if not isinstance(body, dict):
        raise Refused("The request is not a JSON object.", "InvalidRequestError1")
    return body


def _too_many(company: Company) -> Reply:
    refused = Refused("Too many requests; please slow down.", "RateLimitError1", 429)
    reply = refused.reply(f"{next(company.correlations):032x}")
    if company.switches.rate_limit_retry_after:
        reply.headers["Retry-After"] = str(company.switches.rate_limit_retry_after)
    return reply


def _limited(company: Company) -> bool:
    limit, now, calls = company.switches.rate_limit, time.monotonic(), company.calls
    while calls and now - calls[0] >= WINDOW:
        calls.popleft()
    if not limit:
        return False
    if len(calls) >= limit:
        return True
    calls.append(now)
    return False
