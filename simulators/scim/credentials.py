"""Who may call: a token, a login, or a token of the server's own OAuth 2 endpoint."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from simulators.http import Reply, as_json
from simulators.scim.store import Store

GRANTS = ("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer")


@dataclass(frozen=True)
class Account:
    """What the server takes."""

    token: str = "t0ken-of-the-scim-simulator"
    username: str = "scim.gateway"
    password: str = "s3cret"


def admitted(store: Store, account: Account, header: str) -> bool:
    """Whether an Authorization header opens the server."""
    scheme, _, value = header.partition(" ")
    if scheme == "Basic":
        return _decoded(value) == f"{account.username}:{account.password}"
    issued = store.tokens.get(value)
    return scheme == "Bearer" and (value == account.token or (issued is not None and store.clock() < issued))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def token(store: Store, account: Account, headers: Mapping[str, str], raw: bytes) -> Reply:
    """A new token for the client, whose name and secret are those of the login (RFC 6749 sections 4.4 and 5)."""
    form = dict(parse_qsl(raw.decode("utf-8", "replace")))
    scheme, _, value = headers.get("authorization", "").partition(" ")
    client = _decoded(value) if scheme == "Basic" else f"{form.get('client_id')}:{form.get('client_secret')}"
    if client != f"{account.username}:{account.password}":
        return as_json({"error": "invalid_client"}, 401)
    if form.get("grant_type") not in GRANTS:
        return as_json({"error": "unsupported_grant_type"}, 400)
    if form["grant_type"] != GRANTS[0] and form.get("assertion") != account.token:
        return as_json({"error": "invalid_grant"}, 400)
    made, life = f"issued-{next(store.issued)}", store.switches.token_life
    store.tokens[made] = store.clock() + life
    return as_json({"access_token": made, "token_type": "bearer", "expires_in": life}, 200)
