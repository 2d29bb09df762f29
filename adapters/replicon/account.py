"""The account that calls: its password, or an access token that stands for it."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from typing import Any

import httpx

from scim_adapter import Unavailable

from .settings import RepliconSettings

CREATE_TOKEN = "AuthenticationService1.svc/CreateAccessToken2"  # noqa: S105 - an operation's name


class Account(httpx.Auth):
    """Signs every call. With `create_access_token` the password signs one call only, the one that makes the token."""

    def __init__(self, settings: RepliconSettings) -> None:
        self.settings = settings
        self._token = settings.access_token.get_secret_value() if settings.access_token else None
        self._seed: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the credentials of the moment."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request
        elif self.settings.password is not None:
            name = f"{self.settings.company_key}\\{self.settings.username}"
            yield from httpx.BasicAuth(name, self.settings.password.get_secret_value()).auth_flow(request)

    @property
    def needs_token(self) -> bool:
        """Whether a token is to be made before anything else is called."""
        return self.settings.create_access_token and self._token is None

    def request(self) -> dict[str, Any]:
        """The request for a token. Every process of a connection gets the same one: it never expires, and each further
        one would stay in Replicon for ever. Only after a refused token is another one asked for."""
        company, login = self.settings.company_key, self.settings.username
        unit = self._seed or str(uuid.uuid5(uuid.NAMESPACE_OID, f"scimgate {company.lower()} {login.casefold()}"))
        return {"identity": {"loginName": login}, "description": self.settings.application_name, "unitOfWorkId": unit}

    def use(self, answer: Any) -> None:
        """Take the token of an answer."""
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unavailable("Replicon did not give an access token; set create_access_token = false.")
        self._token = token

    def renewed(self) -> bool:
        """Forget a token that was refused; whether another one can be had."""
        if not self.settings.create_access_token or self._token is None:
            return False
        self._token, self._seed = None, str(uuid.uuid4())
        return True
