"""A request and a response, free of any transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCIM_JSON = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. `path` starts below the service's base URL; header names are lower-case."""

    method: str
    path: str
    query: str = ""
    """The query as it came over the wire, still encoded, without the question mark."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What the client gets. A header name occurs once: hosts keep only the last of repeated ones."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, status: int, document: Any, headers: Mapping[str, str] | None = None) -> Response:
        """A response with a JSON body as `application/scim+json` (RFC 7644 3.1)."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return cls(status, {"content-type": SCIM_JSON, **(headers or {})}, body)

    @classmethod
    def empty(cls, status: int = 204) -> Response:
        """A response without a body; it still names the SCIM media type."""
        return cls(status, {"content-type": SCIM_JSON})
