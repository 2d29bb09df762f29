"""How the ASGI host sends a long body."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from gateway.asgi import Asgi
from scim.message import Request, Response
from scim.text import SLICE

DOCUMENT = {"members": [{"value": str(number)} for number in range(20 * SLICE)]}


class Fixed:
    """An application with one answer."""

    async def handle(self, request: Request) -> Response:
        return Response.of(200, DOCUMENT)


async def asked(method: str) -> tuple[list[dict[str, Any]], list[int]]:
    """The messages that a server gets, and how many turns somebody else had had before each."""
    sent: list[dict[str, Any]] = []
    turns: list[int] = []
    had = 0

    async def other() -> None:
        nonlocal had
        while True:
            had += 1
            await asyncio.sleep(0)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:  # as a server's, that takes what it is given at once
        sent.append(dict(message))
        turns.append(had)

    scope = {"type": "http", "method": method, "path": "/a/scim/v2/Groups/g", "query_string": b"", "headers": []}
    beside = asyncio.create_task(other())
    await Asgi(Fixed())(scope, receive, send)  # type: ignore[arg-type]
    beside.cancel()
    return sent, turns


async def test_others_have_their_turn_between_the_pieces() -> None:
    (head, *body), turns = await asked("GET")
    assert b"content-length" not in dict(head["headers"])
    assert len(body) > 20
    assert [message.get("more_body", False) for message in body] == [True] * (len(body) - 1) + [False]
    assert json.loads(b"".join(message.get("body", b"") for message in body)) == DOCUMENT
    assert len(set(turns)) >= len(body) - 1


async def test_a_head_request_is_not_written_at_all() -> None:
    sent, _ = await asked("HEAD")
    assert [message.get("body") for message in sent] == [None, b""]
