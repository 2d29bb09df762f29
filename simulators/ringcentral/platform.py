"""The platform in front of SCIM: its errors, and the tokens by which it lets a client in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from simulators.http import Reply, as_json

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKENS = "/restapi/oauth/token"


@dataclass(frozen=True)
class Credentials:
    """What the platform takes."""

    scim_token: str = "scim-t0ken-of-ringcentral"
    client_id: str = "client-of-the-gateway"
    client_secret: str = "client-s3cret"
    jwt: str = "header.payload.s1gnature"


def refused(status: int, code: str, message: str, **more: str) -> Reply:
    """An error in the platform's own form: the list is the documented one, the pair beside it the older one."""
    one = {"errorCode": code, "message": message}
    return as_json({**more, **one, "errors": [one]}, status)


def granted(credentials: Credentials, headers: Mapping[str, str], raw: bytes) -> Reply | None:
    """None when the client and its assertion are right, else what refuses them (RFC 6749 section 5.2)."""
    form = dict(parse_qsl(raw.decode("utf-8", "replace")))
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme != "Basic" or _decoded(value) != f"{credentials.client_id}:{credentials.client_secret}":
        return refused(401, "OAU-153", "Invalid client.", error="invalid_client")
    if form.get("grant_type") != GRANT:
        return refused(400, "OAU-250", "Unsupported grant type.", error="unsupported_grant_type")
    if form.get("assertion") != credentials.jwt:
        return refused(400, "OAU-251", "The JWT is invalid.", error="invalid_grant")
    return None


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
