"""The door of all connections: lets a request in, or has the answer for who stays outside (RFC 6750)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from gateway.authentication import issued
from gateway.authentication.answers import too_many, unauthorized
from gateway.authentication.issued import IssuedTokens
from gateway.authentication.ledger import Ledger
from gateway.authentication.static import StaticTokens
from gateway.authentication.throttle import Throttle, address_of
from gateway.config import Connection
from scim.errors import busy
from scim.identity.store import Store, StoreUnavailable
from scim.message import Request, Response

log = logging.getLogger("scimgate")


class Door:
    """Knows every way into every connection; asks the store only about tokens that the gateway issued."""

    def __init__(self, connections: Mapping[str, Connection], store: Callable[[], Store]) -> None:
        self._ledger = Ledger(store)
        self._static = StaticTokens({name: one.token.get_secret_value() for name, one in connections.items()})
        self._issued = IssuedTokens(self._ledger)
        self._throttle = Throttle()

    async def refusal(self, connection: str, request: Request) -> Response | None:
        """None for a request that may go on to this connection, which may be unknown; else the answer."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        token = rest.strip() if scheme.casefold() == "bearer" else ""
        try:
            if await self._opens(connection, token):
                return None
        except Exception as error:
            log.warning("A token cannot be looked up: %s", error, exc_info=not isinstance(error, StoreUnavailable))
            return busy("The gateway's identity store cannot be used.").response()
        seconds = self._throttle.failed(connection, address_of(request.headers.get("x-forwarded-for", "")))
        return too_many(seconds) if seconds else unauthorized()

    async def _opens(self, connection: str, token: str) -> bool:
        if self._static.open(connection, token):
            return True
        if found := issued.FORM.fullmatch(token):
            return await self._issued.open(connection, found["id"], token)
        return False

    async def aclose(self) -> None:
        """Finish what was put off."""
        await self._ledger.aclose()
