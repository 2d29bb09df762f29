"""Tokens that Entra signs (RFC 7519), believed if they are of one tenant, for us and about whom we were told.

A token without `jti` may be shown again and again: Entra caches its assertions and uses them for an hour.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from gateway.authentication.clients import Trust
from gateway.authentication.keys import Keys

FORM = re.compile(r"(?P<header>[A-Za-z0-9_-]+)\.(?P<claims>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
MOST_CHARACTERS = 16_384
ALGORITHM = "RS256"
SKEW_SECONDS = 60
"""By how much the clocks of Entra and of the gateway may differ."""
SHOWN = 200


class Disbelieved(Exception):
    """A token that opens nothing. The message says why, and shows claims only if Entra did sign them."""


class SignedTokens:
    """Checks tokens for one `Trust`."""

    def __init__(self, trust: Trust, keys: Keys) -> None:
        self._trust, self._keys = trust, keys

    async def check(self, token: str) -> None:
        """Return if the token is to be believed, else `Disbelieved`; `CannotTell` when nobody can tell."""
        key = await self._keys.find(self._plausible(token))
        if key is None:
            raise Disbelieved("its key is not one of the issuer's.")
        claims = self._verified(token, key)
        about = {str(claims[name]) for name in ("sub", "oid") if name in claims}
        if self._trust.subjects and not about <= self._trust.subjects:
            raise Disbelieved(
                f"its subject is none of subjects: sub {_shown(claims, 'sub')}, oid {_shown(claims, 'oid')}."
            )

    def _plausible(self, token: str) -> str:
        """The id of the key, of a token that claims to be the tenant's: others cost no look at keys and no import."""
        found = FORM.fullmatch(token[: MOST_CHARACTERS + 1])
        header, claims = (_decoded(found[part]) if found else {} for part in ("header", "claims"))
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise Disbelieved(f"it is no token signed with {ALGORITHM} and a named key.")
        if claims.get("iss") != self._trust.issuer or claims.get("tid") != self._trust.tenant:
            raise Disbelieved("its issuer or tenant is another one.")
        return str(header["kid"])

    def _verified(self, token: str, key: Any) -> dict[str, Any]:
        """The claims, after signature, times, issuer and audience."""
        import jwt

        try:
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._trust.issuer,
                audience=self._trust.audiences,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidAudienceError:  # the signature was right, or this would not have been looked at
            told = _decoded(token.split(".")[1])
            raise Disbelieved(f"its audience is none of audiences: {_shown(told, 'aud')}.") from None
        except (jwt.InvalidTokenError, RecursionError) as error:
            raise Disbelieved(f"{type(error).__name__}.") from None


def _decoded(part: str) -> dict[str, Any]:
    try:
        document = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _shown(claims: dict[str, Any], name: str) -> str:
    return repr(claims.get(name))[:SHOWN]
