"""The token endpoint of a connection: client credentials by secret or by Entra's assertion, and token exchange.

RFC 6749 4.4 and 5, RFC 7523 2.2, RFC 8693 2. An unknown connection is answered as a wrong secret is.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.authentication.access import AccessTokens
from gateway.authentication.clients import Federation
from gateway.authentication.credentials import secret_hashes, trust_hash
from gateway.authentication.forms import OAuthError, WrongCredentials, answered, basic, parameters, spellings
from gateway.authentication.signed import Disbelieved, SignedTokens
from gateway.authentication.static import digest
from gateway.authentication.ways import Ways
from scim.message import Request, Response

URN = "urn:ietf:params:oauth:"
ASSERTION = URN + "client-assertion-type:jwt-bearer"
EXCHANGE = URN + "grant-type:token-exchange"
ACCESS_TOKEN = URN + "token-type:access_token"
SUBJECTS = frozenset((ACCESS_TOKEN, URN + "token-type:jwt", URN + "token-type:id_token"))
_NOBODY = (digest("no client has this secret"),) * 2
log = logging.getLogger("scimgate")


@dataclass(frozen=True)
class Shown:
    """What a client showed, as a hash; how long its access token lives; and what it was, for the log."""

    credential: bytes
    lifetime: int
    what: str


class TokenEndpoint:
    """Answers `oauth/CONNECTION/token`. `assertions` checks Entra's tokens for the connections that take them."""

    def __init__(self, ways: Mapping[str, Ways], access: AccessTokens, assertions: Mapping[str, SignedTokens]) -> None:
        self._ways, self._access, self._assertions = ways, access, assertions
        self._secrets = {name: secret_hashes(one.oauth) for name, one in ways.items() if one.oauth}

    async def answer(self, connection: str, request: Request) -> Response:
        """An access token; `OAuthError`, `CannotTell` or what the store raises."""
        form = parameters(request)
        grant = form.get("grant_type")
        extra = {}
        if grant == EXCHANGE:
            shown = await self._exchanged(connection, form)
            extra = {"issued_token_type": ACCESS_TOKEN}
        elif grant != "client_credentials":
            raise OAuthError("unsupported_grant_type", f"Known are client_credentials and {EXCHANGE}.")
        elif "client_assertion" in form or "client_assertion_type" in form:
            shown = await self._asserted(connection, form)
        else:
            shown = self._told(connection, request, form)
        token = await self._access.sign(connection, shown.credential, shown.lifetime)
        log.info("An access token of %s is issued for %s.", connection, shown.what)
        return answered({"access_token": token, "token_type": "Bearer", "expires_in": shown.lifetime, **extra})

    def _told(self, connection: str, request: Request, form: Mapping[str, str]) -> Shown:
        """By client and secret, in the header, in the form, or in both (RFC 6749 2.3.1)."""
        header = basic(request.headers.get("authorization", ""))
        given = [header] if header else []
        if "client_secret" in form:
            given.append((form.get("client_id", ""), form["client_secret"]))
        oauth = self._ways.get(connection, Ways()).oauth
        known = self._secrets.get(connection, _NOBODY)
        matches = [_match(pair, oauth.client_id if oauth else "", known) for pair in given]
        if oauth is None or not matches or None in matches or form.get("client_id", oauth.client_id) != oauth.client_id:
            raise unknown_client()
        number = next(one for one in matches if one is not None)
        return Shown(known[number], oauth.lifetime, f"secret {number + 1} of {len(known)}")

    async def _asserted(self, connection: str, form: Mapping[str, str]) -> Shown:
        if form.get("client_assertion_type") != ASSERTION:
            raise OAuthError("invalid_request", f"The client_assertion_type must be {ASSERTION}.")
        if "client_secret" in form:
            raise OAuthError("invalid_request", "A client shows a secret or an assertion, not both.")
        federation = self._ways.get(connection, Ways()).federation
        if federation is None or form.get("client_id", federation.client_id) != federation.client_id:
            raise unknown_client()
        return await self._believed(connection, federation, form.get("client_assertion", ""), unknown_client())

    async def _exchanged(self, connection: str, form: Mapping[str, str]) -> Shown:
        if "subject_token" not in form or form.get("subject_token_type", ACCESS_TOKEN) not in SUBJECTS:
            raise OAuthError("invalid_request", "A subject_token is needed, and its type as RFC 8693 names it.")
        if "actor_token" in form or form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise OAuthError(
                "invalid_request", "Nothing but an access token is given, and to nobody on behalf of another."
            )
        refusal = WrongCredentials("invalid_request", "The subject_token is not accepted here.")
        federation = self._ways.get(connection, Ways()).federation
        if federation is None:
            raise refusal
        return await self._believed(connection, federation, form["subject_token"], refusal)

    async def _believed(self, connection: str, federation: Federation, token: str, refusal: OAuthError) -> Shown:
        try:
            await self._assertions[connection].check(token)
        except Disbelieved as why:
            log.warning("A federated token for %s is refused: %s", connection, why)
            raise refusal from None
        return Shown(trust_hash(federation), federation.lifetime, "a token of Entra")


def unknown_client() -> WrongCredentials:
    """The one refusal of a wrong secret, a wrong client, a wrong assertion and an unknown connection."""
    header = {"www_authenticate": 'Basic realm="scim", charset="UTF-8"'}
    return WrongCredentials(
        "invalid_client", "The client is unknown here, or its secret or assertion is wrong.", 401, **header
    )


def _match(pair: tuple[str, str], client_id: str, known: tuple[bytes, ...]) -> int | None:
    """Which of the secrets a client showed. Every spelling is compared with every secret."""
    told = [digest(one) for one in spellings(pair[1])]
    same = [any([hmac.compare_digest(one, secret) for one in told]) for secret in known]
    return same.index(True) if any(same) and client_id in spellings(pair[0]) else None
