"""The log of requests; no password, token or Authorization header ever enters it."""

from __future__ import annotations

from typing import Any

from simulators.replicon.calls import Call
from simulators.replicon.company import Company
from simulators.replicon.envelope import Reply, parsed

SECRET = ("password", "token", "secret")


def note(company: Company, call: Call, reply: Reply, correlation: str) -> None:
    """Remember a call and what became of it; `answered` is false when the connection was cut instead."""
    application = call.headers.get("x-replicon-application")
    entry: dict[str, Any] = {"operation": call.operation, "service": call.service, "path": call.path}
    entry |= {"status": reply.status, "answered": not reply.cut, "write": call.writes}
    entry |= {"correlationId": correlation, "application": application, "body": _body(call.raw)}
    if not application:
        entry["warning"] = "X-Replicon-Application is missing"
    company.requests.append(entry)


def _body(raw: bytes) -> Any:
    try:
        return censored(parsed(raw))
    except ValueError:
        return None


def censored(body: Any) -> Any:
    """A body without any password or token."""
    if isinstance(body, dict):
        return {name: "***" if _secret(name) else censored(value) for name, value in body.items()}
    return [censored(one) for one in body] if isinstance(body, list) else body


def _secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET)
