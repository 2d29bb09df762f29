"""The HTTP server around one company."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.replicon.calls import Call
from simulators.replicon.company import Company
from simulators.replicon.control import PREFIX, control
from simulators.replicon.envelope import Reply, as_html, as_json
from simulators.replicon.service import answer

MAX_BYTES = 4 * 1024 * 1024
DRAINED = 16 * MAX_BYTES
"""Bytes of a body that is too large which are still read, so that its answer arrives."""


class Simulator:
    """One company behind a server on `url`. Who touches `company` from another thread holds `lock`."""

    def __init__(self, company: Company, host: str = "127.0.0.1", port: int = 0) -> None:
        self.company, self.lock = company, threading.Lock()
        self.server = _Server(self, host, port)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.server.server_address[1]}/"

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes, peer: str) -> Reply:
        """The reply to a request."""
        with self.lock:
            if not target.startswith(PREFIX):
                here = {"host": self.url.split("/")[2]}
                return answer(self.company, Call.of(method, target, here | dict(headers), raw))
            if not _is_here(peer):
                return as_json({"error": "The control interface answers this machine only."}, 403)
            return control(self.company, method, target, raw)

    def close(self) -> None:
        """Free the port and cut every connection, idle ones too."""
        self.server.server_close()


def _is_here(peer: str) -> bool:
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: Simulator, host: str, port: int) -> None:
        self.owner, self.open = owner, set[Any]()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server who we are."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One line instead of a traceback; a client that went away is nothing to tell."""
        error = sys.exception()
        if not isinstance(error, OSError):
            print(f"The simulator failed: {error!r}", file=sys.stderr)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        raw = self._body()
        if raw is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.owner.answer(self.command, self.path, headers, raw, self.client_address[0])
        if reply.seconds:
            time.sleep(reply.seconds)
        if reply.cut:
            self._cut()
        else:
            self._write(reply)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _body(self) -> bytes | None:
        """The whole body; None when it was refused or did not come."""
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            self._refuse(411, "Length required")
        elif len(length) > 15 or int(length) > MAX_BYTES:
            self._drain(min(int(length[:15]), DRAINED))
            self._refuse(413, "Request entity too large")
        else:
            raw = self.rfile.read(int(length))
            if len(raw) == int(length):
                return raw
            self.close_connection = True
        return None

    def _drain(self, left: int) -> None:
        while left > 0:
            read = len(self.rfile.read(min(left, 65536)))
            left = left - read if read else 0

    def _refuse(self, status: int, text: str) -> None:
        self.close_connection = True
        reply = as_html(status, text)
        reply.headers["X-Execution-Correlation-Id"] = f"{next(self.server.owner.company.correlations):032x}"
        self._write(reply)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, reply: Reply) -> None:
        """Head and body in one piece: two would wait for each other's acknowledgement."""
        body = b"" if self.command == "HEAD" or reply.status in (204, 304) else reply.body
        headers = {"content-type": reply.content_type, "content-length": str(len(body))}
        headers |= {"connection": "close"} if self.close_connection else {}
        headers |= {name.lower(): value for name, value in reply.headers.items()}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}"]
        lines += [f"{name.title()}: {value}" for name, value in headers.items()]
        with contextlib.suppress(OSError):  # the client may have gone
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control interface's."""


@contextmanager
def running(
    company: str = "acme", username: str = "scim.gateway", password: str = "s3cret", port: int = 0
) -> Iterator[Simulator]:
    """A simulator in this process."""
    simulator = Simulator(Company(company, username, password), port=port)
    thread = threading.Thread(target=simulator.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.server.shutdown()
        simulator.close()
        thread.join()
