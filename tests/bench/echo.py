"""`python -m tests.bench.echo`: an ASGI app that answers at once, under the same server as the gateway."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn

BODY = b'{"ok": true}'


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer."""
    while (await receive()).get("more_body"):
        continue
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio asks for the protocol
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    options = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
    uvicorn.Server(options).run(sockets=[listener])
