"""A token of the Function's managed identity, asked of its local endpoint: `azure-identity` costs 190 ms of import."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from azure.core.credentials import AccessToken

from scim.identity.store import StoreUnavailable

API_VERSION = "2019-08-01"
RENEW_SECONDS = 300


class ManagedIdentity:
    """An asynchronous token credential. The endpoint and its secret come from the host's environment."""

    def __init__(self) -> None:
        self._token: AccessToken | None = None
        self._asking = asyncio.Lock()

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the resource of the first scope, asked again five minutes before it ends."""
        async with self._asking:
            if self._token is None or self._token.expires_on - time.time() < RENEW_SECONDS:
                self._token = await asyncio.to_thread(_ask, scopes[0].removesuffix("/.default"))
            return self._token

    async def close(self) -> None:
        """Nothing is open."""
        return

    async def __aenter__(self) -> ManagedIdentity:
        return self

    async def __aexit__(self, *_: object) -> None:
        return


def _ask(resource: str) -> AccessToken:
    endpoint, secret = os.environ.get("IDENTITY_ENDPOINT"), os.environ.get("IDENTITY_HEADER")
    if not endpoint or not secret:
        raise StoreUnavailable("There is no managed identity here (IDENTITY_ENDPOINT is not set).")
    parameters = {"resource": resource, "api-version": API_VERSION}
    if client := os.environ.get("AZURE_CLIENT_ID"):
        parameters["client_id"] = client
    try:
        request = urllib.request.Request(  # noqa: S310 - the host's own endpoint
            f"{endpoint}?{urlencode(parameters)}", headers={"X-IDENTITY-HEADER": secret}
        )
        # the endpoint is on this host: the secret in the request must not travel through a proxy
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=5) as response:
            answer = json.load(response)
        return AccessToken(str(answer["access_token"]), int(answer["expires_on"]))
    except HTTPError as error:
        error.close()
        raise StoreUnavailable(f"The managed identity gave no token ({error.code}).") from None
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        # not chained: an answer that cannot be read may hold a token
        raise StoreUnavailable(f"The managed identity gave no token ({type(error).__name__}).") from None
