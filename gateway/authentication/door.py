"""The door of all connections: lets a request in, or has the answer for who stays outside (RFC 6750)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.authentication import access, issued
from gateway.authentication.access import AccessTokens
from gateway.authentication.answers import CannotTell, too_many, unauthorized
from gateway.authentication.issued import IssuedTokens
from gateway.authentication.ledger import Ledger
from gateway.authentication.static import StaticTokens
from gateway.authentication.throttle import Throttle, address_of
from gateway.config import Connection
from scim.errors import RETRY_AFTER, busy
from scim.identity.store import Store, StoreUnavailable
from scim.message import Request, Response

if TYPE_CHECKING:
    from gateway.authentication.clients import Trust
    from gateway.authentication.keys import Keys
    from gateway.authentication.oauth import TokenEndpoint
    from gateway.authentication.signed import SignedTokens

TOKEN_PATH = re.compile(r"/oauth/(?P<connection>[^/]+)/token/?", re.IGNORECASE)
log = logging.getLogger("scimgate")


class Door:
    """Knows every way into every connection; what a way needs is imported when somebody first comes by it."""

    def __init__(self, connections: Mapping[str, Connection], store: Callable[[], Store]) -> None:
        self._ways = {name: one.ways for name, one in connections.items()}
        self._static = StaticTokens({name: one.token for name, one in connections.items()})
        self._ledger = Ledger(store)
        self._issued, self._access = IssuedTokens(self._ledger), AccessTokens(self._ledger)
        self._throttle = Throttle()
        self._keys: dict[str, Keys] = {}

    @cached_property
    def _credentials(self) -> Mapping[str, tuple[bytes, ...]]:
        from gateway.authentication.credentials import credentials

        return {name: credentials(one) for name, one in self._ways.items()}

    @cached_property
    def _signed(self) -> Mapping[str, SignedTokens]:
        return {name: self._believing(one.entra) for name, one in self._ways.items() if one.entra}

    @cached_property
    def _endpoint(self) -> TokenEndpoint:
        from gateway.authentication.oauth import TokenEndpoint

        trusts = {name: one.federation.trust for name, one in self._ways.items() if one.federation}
        assertions = {name: self._believing(trust) for name, trust in trusts.items()}
        return TokenEndpoint(self._ways, self._access, assertions)

    def _believing(self, trust: Trust) -> SignedTokens:
        """Connections with one address of keys share what is read from it."""
        from gateway.authentication.keys import Keys
        from gateway.authentication.signed import SignedTokens

        return SignedTokens(trust, self._keys.setdefault(trust.keys, Keys(trust.keys)))

    async def refusal(self, connection: str, request: Request) -> Response | None:
        """None for a request that may go on to this connection, which may be unknown; else the answer."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        token = rest.strip() if scheme.casefold() == "bearer" else ""
        try:
            if await self._opens(connection, token) and connection in self._ways:  # the store may know one that is gone
                return None
        except Exception as error:
            return busy(_cannot_tell(error)).response()
        seconds = self._wait(connection, request)
        return too_many(seconds) if seconds else unauthorized()

    async def _opens(self, connection: str, token: str) -> bool:
        if self._static.open(connection, token):
            return True
        if found := issued.FORM.fullmatch(token):
            return await self._issued.open(connection, found["id"], token)
        if found := access.FORM.fullmatch(token):
            return await self._access.open(connection, found, self._credentials.get(connection, ()))
        if token.count(".") == 2 and connection in self._signed:
            return await self._believed(connection, token)
        return False

    async def _believed(self, connection: str, token: str) -> bool:
        from gateway.authentication.signed import Disbelieved

        try:
            await self._signed[connection].check(token)
        except Disbelieved as why:
            log.warning("A token of Entra for %s is refused: %s", connection, why)
            return False
        return True

    async def token(self, connection: str, request: Request) -> Response:
        """The answer of the token endpoint (RFC 6749 5)."""
        from gateway.authentication.forms import OAuthError, WrongCredentials, answered

        if request.method != "POST":
            return OAuthError("invalid_request", "Tokens are asked for by POST.", 405, allow="POST").response()
        try:
            return await self._endpoint.answer(connection, request)
        except OAuthError as error:
            seconds = self._wait(connection, request) if isinstance(error, WrongCredentials) else 0
            if seconds:
                error = OAuthError(error.error, "Too many wrong attempts.", 429, retry_after=str(round(seconds + 0.5)))
            return error.response()
        except Exception as error:
            told = {"error": "temporarily_unavailable", "error_description": _cannot_tell(error)}
            return answered(told, 503, **{"retry-after": str(RETRY_AFTER)})

    def _wait(self, connection: str, request: Request) -> float:
        return self._throttle.failed(connection, address_of(request.headers.get("x-forwarded-for", "")))

    async def aclose(self) -> None:
        """Finish what was put off."""
        await self._ledger.aclose()


def _cannot_tell(error: Exception) -> str:
    """The sentence for a client that is neither right nor wrong; what happened is in the log."""
    expected = isinstance(error, StoreUnavailable | CannotTell)
    log.warning("A token cannot be checked: %s", error if expected else type(error).__name__, exc_info=not expected)
    what = "The keys of Entra cannot be read" if isinstance(error, CannotTell) else "The identity store cannot be used"
    return f"{what}; repeat the request."
