"""A small HTTP service on loopback that answers as it is told to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One request: "GET", "/path?query", lower-case headers, body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` hangs up without one, `silent` never answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


Respond = Callable[[Request], Reply]


def refusal(status: int, code: str) -> Reply:
    """An error of the Table service, as the real one sends it: the code stands in the body only."""
    body = json.dumps({"odata.error": {"code": code, "message": {"lang": "en-US", "value": "No."}}}).encode()
    return Reply(status, body, {"Content-Type": "application/json;odata=minimalmetadata"})


class Service:
    """What `serving` gives: where the service is, and what it was asked."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self.url = ""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while not reader.at_eof():
                await self._one(await _read(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        reply = self.respond(request)
        if reply.silent:
            await asyncio.sleep(3600)
        if reply.cut:
            raise ConnectionError
        headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(reply.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} x\r\n{head}\r\n".encode() + reply.body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Request:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[Service]:
    """A service that runs."""
    service, tasks = Service(respond), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(service.converse(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
