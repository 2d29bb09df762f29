"""What stands in front of the operations: limits, credentials and envelopes."""

from __future__ import annotations

from typing import Any

from simulators.http import Reply, as_html, as_json, parsed
from simulators.replicon.calls import Call
from simulators.replicon.company import Company
from simulators.replicon.credentials import caller, unauthorized
from simulators.replicon.discovery import discovered
from simulators.replicon.envelope import Refused
from simulators.replicon.operations import OPERATIONS


def answer(company: Company, call: Call) -> Reply:
    """The reply to a call of the services."""
    try:
        return _routed(company, call)
    except Refused as refused:
        return refused.reply(call.correlation)


def _routed(company: Company, call: Call) -> Reply:
    if call.method != "POST":
        return as_html(405, "Method not allowed")
    name = call.name(company.key)
    if name is None and not call.discovers:
        return as_html(404, "Endpoint not found")
    if company.overrun(company.switches.rate_limit):
        return _too_many(company, call)
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
    return as_json({"d": OPERATIONS[name](company, user, body)})


def _body(call: Call) -> dict[str, Any]:
    try:
        body = parsed(call.raw)
    except ValueError:
        raise Refused("The request is not JSON that can be read.", "InvalidRequestError1") from None
    if not isinstance(body, dict):
        raise Refused("The request is not a JSON object.", "InvalidRequestError1")
    return body


def _too_many(company: Company, call: Call) -> Reply:
    refused = Refused("Too many requests; please slow down.", "RateLimitError1", 429)
    reply = refused.reply(call.correlation)
    if company.switches.rate_limit_retry_after:
        reply.headers["Retry-After"] = str(company.switches.rate_limit_retry_after)
    return reply
