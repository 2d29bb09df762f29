"""A request and a response, free of any transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim.text import PLAIN, long, pieces

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
    content: bytes | Long = b""

    @classmethod
    def of(cls, status: int, document: Any, headers: Mapping[str, str] | None = None) -> Response:
        """A response with a JSON body as `application/scim+json` (RFC 7644 3.1), a long one to be written when sent."""
        content = Long(document) if long(document) else encoded(PLAIN.encode(document))
        return cls(status, {"content-type": SCIM_JSON, **(headers or {})}, content)

    @classmethod
    def empty(cls, status: int = 204) -> Response:
        """A response without a body; it still names the SCIM media type."""
        return cls(status, {"content-type": SCIM_JSON})

    @property
    def body(self) -> bytes:
        """The whole body."""
        return self.content if isinstance(self.content, bytes) else b"".join(self.content)


@dataclass(frozen=True, slots=True)
class Long:
    """A JSON body with long lists: the pieces of its text, made one by one."""

    document: Any

    def __iter__(self) -> Iterator[bytes]:
        return map(encoded, pieces(self.document))


def encoded(text: str) -> bytes:
    """Text as it is sent; what is no character, such as half of a pair, becomes a question mark."""
    return text.encode("utf-8", "replace")
