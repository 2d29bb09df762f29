"""A service behind an HTTP server: what every request goes through."""

from __future__ import annotations

import ipaddress
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, Self, TypeVar

from simulators.http.call import Call
from simulators.http.control import PREFIX, Control
from simulators.http.journal import censored
from simulators.http.reply import JSON, Reply, as_html, as_json
from simulators.http.server import Server
from simulators.http.state import State

S = TypeVar("S", bound=State[Any])
C = TypeVar("C", bound=Call)


class Simulator(ABC, Generic[S, C]):
    """A service on `url`, which is answered as soon as somebody serves it: `serving`, or `command.serve`.

    Who touches `state` from another thread holds `lock`.
    """

    control: ClassVar[Control]
    path: ClassVar[str] = ""
    """Of the service, at the end of `url`."""
    json: ClassVar[str] = JSON
    """The content type of a JSON body that a fault brings."""

    def __init__(self, state: S, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state, self.lock = state, threading.Lock()
        self.server = Server(self.answer, self.refusal, host, port)
        self.host = f"{f'[{host}]' if ':' in host else host}:{self.server.server_address[1]}"
        self.url = f"http://{self.host}{self.path}"

    @abstractmethod
    def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> C:
        """The request as this service sees it."""

    @abstractmethod
    def perform(self, call: C) -> Reply:
        """The reply of the service itself. The lock is held; faults, latency, lost answers and the log come after."""

    def refusal(self, status: int, text: str) -> Reply:
        """The answer to what is no request, or after a failure of the simulator's own."""
        return as_html(status, text)

    def entry(self, call: C, reply: Reply) -> dict[str, Any]:
        """What the log says of a request, beside operation, status, answered, write and body."""
        return {}

    def timed(self, call: C, reply: Reply) -> Reply:
        """The reply after the time that it takes."""
        reply.seconds += self.state.switches.latency_ms / 1000
        return reply

    # -- the way of a request --------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes, peer: str) -> Reply:
        """The reply to a request; `peer` is the address of who asks."""
        with self.lock:
            if not target.startswith(PREFIX):
                return self._logged(self.call(method, target, headers, raw))
            if not _is_here(peer):
                return as_json({"error": "The control interface answers this machine only."}, 403)
            return self.control.answer(self.state, method, target, raw)

    def _logged(self, call: C) -> Reply:
        reply = self.timed(call, self._bent(call))
        entry = {"operation": call.operation, "status": reply.status, "answered": not reply.cut, "write": call.writes}
        self.state.requests.append(entry | {"body": censored(call.raw)} | self.entry(call, reply))
        return reply

    def _bent(self, call: C) -> Reply:
        """The reply, or what an injected fault makes of it."""
        fault = self.state.fault(*call.names)
        if fault is None:
            return self._performed(call)
        if not fault.performs:
            return fault.applied(None, self.json)
        if not fault.stale or call.writes:
            return fault.applied(self._performed(call), self.json)
        with self.state.stale():
            return fault.applied(self._performed(call), self.json)

    def _performed(self, call: C) -> Reply:
        try:
            reply = self.perform(call)
        except Exception as error:  # a bug of ours is answered, said in one line, and cuts no connection
            print(f"The simulator failed at {call.operation}: {error!r}", file=sys.stderr)
            return self.refusal(500, "Internal server error")
        switches = self.state.switches
        if call.writes and reply.status < 300 and switches.timeout_after_write:
            switches.timeout_after_write -= 1
            reply.cut, reply.seconds = True, switches.timeout_after_write_seconds
        return reply

    # -- serving ---------------------------------------------------------------------------------------------------

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serve from a thread of this process."""
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.close()
            thread.join()

    def close(self) -> None:
        """Free the port and cut every connection, idle ones too."""
        self.server.server_close()


def _is_here(peer: str) -> bool:
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
