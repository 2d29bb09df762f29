"""The HTTP server around one tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simulators.http import Reply
from simulators.ricoh.tenant import Customer
from simulators.scim.tenant import Call, Service

TOKEN = "t0ken-of-the-settings-screen"
ENDPOINT = "/scim/8a1f0c2e"


class Simulator(Service[Customer]):
    """One tenant behind a server on `url`, which is its endpoint."""

    def __init__(self, token: str = TOKEN, host: str = "127.0.0.1", port: int = 0, endpoint: str = ENDPOINT) -> None:
        super().__init__(Customer(), token, host, port, f"/{endpoint.strip('/')}")

    def ruled(self, call: Call) -> Call:
        """Users as RICOH wants them; groups as they come."""
        writes = call.method in ("POST", "PUT", "PATCH") and call.parts[:1] == ["Users"]
        return self.state.taken(call) if writes else call

    def finished(self, call: Call, reply: Reply) -> Reply:
        """The answer; to a create perhaps without the resource."""
        if call.method == "POST" and reply.status == 201 and self.state.switches.create_answer == "empty":
            reply.body = b""
        return reply


@contextmanager
def running(token: str = TOKEN, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(token, port=port).serving() as simulator:
        yield simulator
