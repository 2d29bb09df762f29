"""How the gateway signs in to a backend: with what it was given, or with a token that it fetches (RFC 6749, 7523)."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import httpx

from scim_adapter.contract import Ask
from scim_adapter.errors import Denied, Unavailable
from scim_adapter.http import Http, body

EARLY = 60.0
"""Seconds before its end at which a token is not used any more; half its life where it lives shorter."""
RENEWED_EVERY = 60.0
"""Seconds between two tokens that are fetched because one was refused: token endpoints have limits of their own."""
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Credentials(Protocol):
    """What signs a call."""

    async def header(self, ask: Ask) -> str:
        """The Authorization header of the moment."""

    def refused(self, header: str) -> bool:
        """The backend does not take this header: whether there is another one to try."""

    async def aclose(self) -> None:
        """Close the connections."""


class Fixed:
    """A header that never changes."""

    def __init__(self, header: str) -> None:
        self._header = header

    async def header(self, ask: Ask) -> str:
        """The header."""
        return self._header

    def refused(self, header: str) -> bool:
        """There is no other one."""
        return False

    async def aclose(self) -> None:
        """Nothing is open."""


def bearer(token: str) -> Fixed:
    """A token that an administrator made."""
    return Fixed(f"Bearer {token}")


def basic(username: str, password: str) -> Fixed:
    """A login and its password (RFC 7617)."""
    return Fixed(f"Basic {_encoded(username, password)}")


def _encoded(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


class Granted:
    """A token of the backend's authorisation server, fetched when it is needed; calls at once fetch one.

    `form` is the grant: `client_credentials` with its scope, or a JWT as an assertion.
    """

    def __init__(
        self,
        url: str,
        form: Mapping[str, str],
        client: tuple[str, str],
        *,
        client_in: Literal["header", "body"] = "header",
        timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url, self._clock = url, clock
        name, secret = client
        self._form = {**form, **({"client_id": name, "client_secret": secret} if client_in == "body" else {})}
        headers = {"Accept": "application/json"}
        headers |= {"Authorization": f"Basic {_encoded(name, secret)}"} if client_in == "header" else {}
        self._http = Http(headers=headers, timeout=timeout, transport=transport)
        self._fetching = asyncio.Lock()
        self._header: str | None = None
        self._ends = 0.0
        self._renewed = -RENEWED_EVERY

    async def header(self, ask: Ask) -> str:
        """The header with a token that is still good."""
        async with self._fetching:
            if self._header and self._clock() < self._ends:
                return self._header
            self._header = self._taken(await self._fetched(ask))
            return self._header

    def refused(self, header: str) -> bool:
        """Forget the token, unless another call did, or another one was fetched for the same reason just now."""
        if header != self._header:
            return True
        if self._clock() - self._renewed < RENEWED_EVERY:
            return False
        self._header, self._renewed = None, self._clock()
        return True

    async def _fetched(self, ask: Ask) -> Any:
        response = await self._http.send("POST", self._url, data=self._form, ask=ask, repeatable=True)
        if response.status_code in (400, 401, 403):
            raise Denied("The backend's token endpoint refuses the gateway's client or its grant.")
        if not response.is_success:
            raise Unavailable(f"The backend's token endpoint answered {response.status_code}; check token_url.")
        return body(response)

    def _taken(self, answer: Any) -> str:
        """The header of the token in an answer."""
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unavailable("The backend's token endpoint gave no token.")
        life = answer.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) else 3600.0
        self._ends = self._clock() + seconds - min(EARLY, seconds / 2)
        return f"Bearer {token}"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
