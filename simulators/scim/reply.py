"""The form of answers, and the errors of RFC 7644 section 3.12."""

from __future__ import annotations

from typing import Any

from simulators import http
from simulators.http import Reply

SCIM = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.scim_type = status, detail, scim_type

    def reply(self, *, number: bool = False) -> Reply:
        """The error as SCIM has it; `number`: with a status that is no text."""
        told: dict[str, Any] = {"schemas": [f"{MESSAGES}:Error"], "detail": self.detail}
        told["status"] = self.status if number else str(self.status)
        return as_json(told | ({"scimType": self.scim_type} if self.scim_type else {}), self.status)


def as_json(document: Any, status: int = 200) -> Reply:
    """A JSON answer as SCIM has it."""
    return http.as_json(document, status, SCIM)


def parsed(raw: bytes) -> dict[str, Any]:
    """A body as a JSON object; `Refused` when it is none."""
    try:
        value = http.parsed(raw)
    except ValueError:
        raise Refused(400, "The body is not JSON.", "invalidSyntax") from None
    if not isinstance(value, dict):
        raise Refused(400, "The body is not a JSON object.", "invalidSyntax")
    return value
