"""What those get who are not let in: the same whether the connection, the token or both are wrong (RFC 6750 3)."""

from __future__ import annotations

from scim.errors import ScimError
from scim.message import Response


class CannotTell(Exception):
    """Whether a token is right cannot be told now. The message is for the operator."""


def unauthorized() -> Response:
    """The one answer for a missing token, a wrong one and an unknown connection."""
    error = ScimError(401, "The bearer token is missing or does not open this connection; check the Secret Token.")
    error.headers["www-authenticate"] = 'Bearer realm="scim"'
    return error.response()


def too_many(seconds: float) -> Response:
    """The answer to a wrong token after many wrong ones (RFC 6585 4)."""
    detail = "Too many wrong tokens came from this address; check the Secret Token."
    return ScimError(429, detail, retry_after=seconds).response()
