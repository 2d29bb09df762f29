"""The account that calls: its password, or an access token that stands for it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from typing import Any

import httpx

from scim_adapter import Unavailable

from .settings import RepliconSettings

RENEWED_EVERY = 600.0
"""Seconds between two tokens that a process makes: each stays in Replicon for ever."""
CREATE_TOKEN = "AuthenticationService1.svc/CreateAccessToken2"  # noqa: S105 - an operation's name


class Account(httpx.Auth):
    """Signs every call. With `create_access_token` the password signs one call only, the one that makes the token."""

    def __init__(self, settings: RepliconSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self.clock = settings, clock
        self._token = settings.access_token.get_secret_value() if settings.access_token else None
        self._unit: str | None = None
        self._renewed = -RENEWED_EVERY

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the credentials of the moment."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request
        elif self.settings.password is not None:
            name = f"{self.settings.company_key}\\{self.settings.username}"
            yield from httpx.BasicAuth(name, self.settings.password.get_secret_value()).auth_flow(request)

    @property
    def token(self) -> str | None:
        """The token that signs, if one does."""
        return self._token

    @property
    def needs_token(self) -> bool:
        """Whether a token is to be made before anything else is called."""
        return self.settings.create_access_token and self._token is None

    def request(self) -> dict[str, Any]:
        """The request for a token. Every process of a connection gets the same one, which never expires; only after a
        refused token is another one asked for."""
        company, login = self.settings.company_key, self.settings.username
        unit = self._unit or str(uuid.uuid5(uuid.NAMESPACE_OID, f"scimgate {company.lower()} {login.casefold()}"))
        return {"identity": {"loginName": login}, "description": self.settings.application_name, "unitOfWorkId": unit}

    def use(self, answer: Any) -> None:
        """Take the token of an answer."""
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unavailable("Replicon did not give an access token; set create_access_token = false.")
        self._token = token

    def renewed(self, refused: str | None) -> bool:
        """Whether a call that was refused with this token can be signed anew; the first to ask forgets the token."""
        if not self.settings.create_access_token or refused is None:
            return False
        if refused == self._token:
            if self.clock() - self._renewed < RENEWED_EVERY:
                return False
            self._token, self._unit, self._renewed = None, str(uuid.uuid4()), self.clock()
        return True
