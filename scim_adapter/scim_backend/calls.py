"""The calls of one SCIM server: signed, within its rates, repeated where that is safe, and understood."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import httpx

from scim_adapter.contract import Ask
from scim_adapter.http import Http, retry_after
from scim_adapter.scim_backend.answers import Answers
from scim_adapter.scim_backend.credentials import Credentials
from scim_adapter.scim_backend.profile import Profile, Verb
from scim_adapter.scim_backend.rates import Rates

OURS = "scim_adapter"
"""The extension of a request that carries what its signing must know."""


class _Turn:
    """One call, perhaps of several attempts; the first one's turn is taken before."""

    def __init__(self, ask: Ask) -> None:
        self.ask, self.taken = ask, True


class _Signing(httpx.Auth):
    """Signs each attempt, with another token when the first is refused, and notes when the backend is overrun."""

    def __init__(self, credentials: Credentials, rates: Rates) -> None:
        self._credentials, self._rates = credentials, rates

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """One attempt, or two."""
        turn: _Turn = request.extensions[OURS]
        if not turn.taken:
            self._rates.again(request.method)
        turn.taken = False
        try:
            header = request.headers["Authorization"] = await self._credentials.header(turn.ask)
            response = yield request
            if response.status_code == 401 and self._credentials.refused(header):
                request.headers["Authorization"] = await self._credentials.header(turn.ask)
                response = yield request
        finally:
            self._rates.done(request.method)
        self._rates.told(request.method, response.status_code, response.headers, retry_after(response))


class Calls:
    """All calls below `base_url`."""

    def __init__(
        self,
        base_url: str,
        profile: Profile,
        credentials: Credentials,
        *,
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.profile, self._credentials = profile, credentials
        self._answers, self._rates = Answers(profile), Rates(profile.rates, headers=profile.rate_headers)
        headers = {"Accept": "application/scim+json, application/json"}
        signing = _Signing(credentials, self._rates)
        self._http = Http(base_url, headers=headers, auth=signing, timeout=timeout, transport=transport)

    async def send(
        self,
        verb: Verb,
        method: str,
        path: str,
        ask: Ask,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        version: str | None = None,
        unique: Sequence[str] = (),
    ) -> Any:
        """The JSON of the answer, None when it is empty; else one of the contract's errors.

        Everything but a create may be repeated: a PATCH of ours sets values, and adds and removes members by key.
        """
        await self._rates.enter(method, ask)
        headers = {"Content-Type": self.profile.media_type} if json is not None else {}
        headers |= {"If-Match": version} if version else {}
        turn = _Turn(ask)
        try:
            response = await self._http.send(
                method,
                path,
                ask=ask,
                repeatable=method != "POST",
                failed=self._answers.failed(verb),
                params=params,
                json=json,
                headers=headers,
                extensions={OURS: turn},
            )
        finally:
            if turn.taken:  # no attempt was made
                self._rates.done(method)
        return self._answers.content(response, verb, unique)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._credentials.aclose()
