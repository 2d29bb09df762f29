"""One request without traces; what it imports is looked at from another process."""

from __future__ import annotations

from gateway.application import Application
from gateway.config import read
from scim.message import Request

TOKEN = "a-token-that-is-long-enough"


async def one_request() -> None:
    connection = {"adapter": "directory", "token": {"env": "TOKEN"}, "settings": {"path": ":memory:"}}
    document = {"gateway": {"store": "memory:"}, "connections": {"acme": connection}}
    application = Application(read(document, "test", {"TOKEN": TOKEN}))
    answer = await application.handle(Request("GET", "/acme/scim/v2/Users", "", {"authorization": f"Bearer {TOKEN}"}))
    assert answer.status == 200, answer.body
    await application.aclose()


async def test_a_request_needs_no_traces() -> None:
    await one_request()
