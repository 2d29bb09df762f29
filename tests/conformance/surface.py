"""The gateway's HTTP surface without a socket: ASGI, bearer token, JSON; one event loop for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx

from gateway.application import Application
from gateway.asgi import Asgi
from gateway.config import read

TOKEN = "a-token-of-sixteen-characters"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Surface:
    """A client of a gateway with one connection."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._application = Application(read(document, "test", {"TOKEN": TOKEN}))
        transport = httpx.ASGITransport(Asgi(self._application))
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/scim+json"}
        self._client = httpx.AsyncClient(
            transport=transport, base_url="https://g.example/acme/scim/v2", headers=headers
        )

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """One request; what holds for every answer is looked at here."""
        answer = self.ask(method, path, body, **options)
        assert answer.status_code < 500, answer.text
        assert answer.status_code == 304 or answer.headers["content-type"] == "application/scim+json"
        if answer.status_code >= 400:
            assert answer.json()["status"] == str(answer.status_code)
            assert isinstance(answer.json()["detail"], str)
        return answer

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None, **options: Any) -> httpx.Response:
        """One request."""
        content = None if body is None else json.dumps(body).encode()
        request = self._client.request(method, path, content=content, headers=headers, **options)
        return self._loop.run_until_complete(request)

    def patch(self, path: str, *operations: Any, **options: Any) -> httpx.Response:
        """A PatchOp message."""
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **options)

    def close(self) -> None:
        """Release everything."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._application.aclose())
        self._loop.close()
