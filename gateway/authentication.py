"""Who may use a connection: bearer tokens, compared in constant time (RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac

from scim.errors import ScimError
from scim.message import Response

_NOBODY = hashlib.sha256(b"no connection has this token").digest()


class Tokens:
    """The tokens of all connections, as hashes."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self._digests = {name: _digest(token) for name, token in tokens.items()}

    def allow(self, connection: str, authorization: str) -> bool:
        """Whether an Authorization header opens a connection. An unknown connection takes as long as a known one."""
        scheme, _, token = authorization.partition(" ")
        expected = self._digests.get(connection, _NOBODY)
        same = hmac.compare_digest(_digest(token.strip()), expected)
        return same and scheme.casefold() == "bearer" and connection in self._digests


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def unauthorized() -> Response:
    """The one answer for a missing token, a wrong one and an unknown connection."""
    error = ScimError(401, "The bearer token is missing or does not open this connection; check the Secret Token.")
    error.headers["www-authenticate"] = 'Bearer realm="scim"'
    return error.response()
