"""What stands in front of the operations: limits, credentials and the form of answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators import http
from simulators.http import Reply, as_html, as_json, parsed
from simulators.http.journal import censored
from simulators.kintone.credentials import admit, passes_site
from simulators.kintone.errors import Refused
from simulators.kintone.operations import OPERATIONS, name
from simulators.kintone.site import Site


@dataclass(frozen=True)
class Call(http.Call):
    """A request, named `GET users` for /v1/users.json."""

    @property
    def operation(self) -> str:
        """Which call of the API it is; empty for what is none."""
        return name(self.method, self.path)


def answer(site: Site, call: Call) -> Reply:
    """The reply to a call."""
    try:
        return _routed(site, call)
    except Refused as refused:
        status = site.switches.bad_request_status if refused.status == 400 else refused.status
        return as_json(refused.document(site.switches.locale, next(site.errors)), status)


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
    if site.overrun(site.switches.rate_limit):
        return _too_many(site)
    admit(site, call.headers, operation)
    if call.method == "GET" and "content-type" in call.headers and site.switches.strict_get_content_type:
        raise Refused("CB_IL02")
    return _operated(site, call, operation)


def _operated(site: Site, call: Call, operation: str) -> Reply:
    if not call.writes:
        return as_json(OPERATIONS[operation](site, call.query, {}))
    body = _body(call)
    if any(fault.stale for fault in site.faults):
        site.remember()
    OPERATIONS[operation](site, call.query, body)
    return _written(site, call)


def _written(site: Site, call: Call) -> Reply:
    if site.switches.write_reply == "nothing":
        return Reply(200, b"")
    return as_json(censored(call.raw) if site.switches.write_reply == "echo" else {})


def _body(call: Call) -> dict[str, Any]:
    try:
        body = parsed(call.raw)
    except ValueError:
        raise Refused("CB_IJ01") from None
    if not isinstance(body, dict) or "application/json" not in call.headers.get("content-type", ""):
        raise Refused("CB_IL02")
    return body


def _too_many(site: Site) -> Reply:
    refused = Refused("GAIA_TO04", status=429)
    reply = as_json(refused.document(site.switches.locale, next(site.errors)), 429)
    if site.switches.rate_limit_retry_after:
        reply.headers["Retry-After"] = str(site.switches.rate_limit_retry_after)
    return reply
