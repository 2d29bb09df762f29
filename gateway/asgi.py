"""The gateway as an ASGI application, for uvicorn, containers and the local run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gateway.application import Application
from gateway.telemetry.requests import observed
from scim.document import MAX_BYTES
from scim.errors import ScimError
from scim.message import Request, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Asgi:
    """Translates ASGI's messages; decides nothing."""

    def __init__(self, application: Application, on_start: Callable[[], None] = lambda: None) -> None:
        self.application, self._on_start = application, on_start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            body = await _body(receive)
            request = _request(scope, body or b"")
            response = await (observed(request, _too_large) if body is None else self.application.handle(request))
            await _send(send, response, head=scope["method"] == "HEAD")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        sweeping: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                sweeping = asyncio.create_task(self.application.sweep_regularly())
                self._on_start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if sweeping:
                    sweeping.cancel()
                    await asyncio.wait([sweeping])
                await self.application.aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _too_large(_: Request) -> Response:
    return ScimError(413, f"The body is larger than {MAX_BYTES} bytes.").response()


def _request(scope: Scope, body: bytes) -> Request:
    path = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("latin-1")
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    if scope.get("client"):  # as a front end does: who is really there comes last
        headers["x-forwarded-for"] = f"{headers.get('x-forwarded-for', '')},{scope['client'][0]}"
    return Request(scope["method"], path, scope["query_string"].decode("latin-1"), headers, body)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than any SCIM message (the rest is read and dropped)."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size <= MAX_BYTES:
            parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if size <= MAX_BYTES else None


async def _send(send: Send, response: Response, *, head: bool) -> None:
    """A long body leaves piece by piece, without its length, and others have their turn between the pieces."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    content = response.content
    if isinstance(content, bytes) and response.status not in (204, 304):
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if head or isinstance(content, bytes):
        await send({"type": "http.response.body", "body": b"" if head else content})
        return
    for piece in content:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body"})
