"""`python -m tests.hosts.serve_functions FOLDER PORT`: an app folder behind a small HTTP server.

The functions run in Microsoft's own worker library; this stands in for `func start`, which no package index carries.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from tests.hosts.functions_host import FunctionsHost, Reply

Headers = list[tuple[str, str]]


async def _asked(reader: asyncio.StreamReader) -> tuple[str, str, Headers, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers = [(name.strip(), value.strip()) for name, _, value in (text.partition(":") for text in rest if text)]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return method, target, headers, await reader.readexactly(length)


def _told(method: str, reply: Reply) -> bytes:
    bodiless = method == "HEAD" or reply.status in (204, 304)
    lines = [f"HTTP/1.1 {reply.status} -"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items() if name.lower() != "content-length"]
    if reply.status not in (204, 304):
        lines.append(f"content-length: {len(reply.body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if bodiless else reply.body)


async def main(folder: Path, port: int) -> None:
    """Serve until the process is ended."""
    host = await FunctionsHost(folder).start()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                method, target, headers, body = await _asked(reader)
                reply = await host.request(method, target, headers, body)
                if reply.error:
                    print(reply.error, file=sys.stderr, flush=True)
                writer.write(_told(method, reply))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", port)
    print(f"{len(host.routes)} HTTP routes on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
