"""The token endpoint's requests and answers, as RFC 6749 writes them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from scim.message import Request, Response

MOST_BYTES = 65_536
FORM = "application/x-www-form-urlencoded"
UNCACHED = {"content-type": "application/json", "cache-control": "no-store", "pragma": "no-cache"}


class OAuthError(Exception):
    """A refusal of the token endpoint (RFC 6749 5.2). The description is for whoever set up the client."""

    def __init__(self, error: str, description: str, status: int = 400, **headers: str) -> None:
        super().__init__(description)
        self.error, self.status, self.headers = error, status, headers

    def response(self) -> Response:
        """The refusal as JSON."""
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return answered({"error": self.error, "error_description": str(self)}, self.status, **headers)


class WrongCredentials(OAuthError):
    """The client is not who it says; this counts as a wrong attempt."""


def answered(document: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    """JSON that nobody keeps (RFC 6749 5.1)."""
    return Response(status, {**UNCACHED, **headers}, json.dumps(document).encode())


def parameters(request: Request) -> Mapping[str, str]:
    """The form of a token request, every parameter once; `OAuthError` for anything else (RFC 6749 3.2)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != FORM:
        raise OAuthError("invalid_request", f"The request must be a form, {FORM}.")
    if len(request.body) > MOST_BYTES:
        raise OAuthError("invalid_request", f"The form is larger than {MOST_BYTES} bytes.")
    try:
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise OAuthError("invalid_request", "The form cannot be read.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "A parameter is there more than once.")
    return {name: value for name, value in form.items() if value}


def basic(authorization: str) -> tuple[str, str] | None:
    """Client and secret of an Authorization header; None when it has none, empty ones when it cannot be read."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return None
    try:
        id, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (id, secret) if colon else ("", "")


def spellings(text: str) -> set[str]:
    """A value as it stands and decoded: RFC 6749 2.3.1 encodes what Basic carries, and not all clients do."""
    return {text, unquote_plus(text)}
