"""What is sent, and the errors of RFC 7644 section 3.12."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

SCIM = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"


@dataclass
class Reply:
    """An answer; `cut` closes the connection instead, `seconds` are waited before."""

    status: int
    body: bytes = b""
    content_type: str = SCIM
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 0


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


def as_json(document: Any, status: int = 200, content_type: str = SCIM) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode(), content_type)


def as_html(status: int, text: str) -> Reply:
    """The answer of what stands before a server."""
    return Reply(status, f"<html><body><h1>{text}</h1></body></html>".encode(), "text/html; charset=utf-8")


def parsed(raw: bytes) -> dict[str, Any]:
    """A body as a JSON object; `Refused` when it is none."""
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.", "invalidSyntax") from None
    if not isinstance(value, dict):
        raise Refused(400, "The body is not a JSON object.", "invalidSyntax")
    return value
