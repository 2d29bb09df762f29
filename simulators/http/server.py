"""An HTTP/1.1 server with a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.http.reply import Reply

MAX_BYTES = 4 * 1024 * 1024
DRAINED = 16 * MAX_BYTES
"""Bytes of a body that is too large which are still read, so that its answer arrives."""
Answer = Callable[[str, str, Mapping[str, str], bytes, str], Reply]
"""Method, target, headers with names in lower case, body, and the peer's address."""


class Server(ThreadingHTTPServer):
    """It hands whole requests to `answer`, and asks `refusal` what to say to what is none."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Answer, refusal: Callable[[int, str], Reply], host: str, port: int) -> None:
        self.answer, self.refusal, self.open = answer, refusal, set[Any]()
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
    server: Server
    timeout = 60
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        raw = self._body()
        if raw is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(self.command, self.path, headers, raw, self.client_address[0])
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
        self._write(self.server.refusal(status, text))

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, reply: Reply) -> None:
        """Head and body in one piece: two would wait for each other's acknowledgement."""
        bodiless = reply.status in (204, 304)
        headers = {} if bodiless else {"content-length": str(len(reply.body))}
        headers |= {"content-type": reply.content_type} if reply.body and not bodiless else {}
        headers |= {"connection": "close"} if self.close_connection else {}
        headers |= {name.lower(): value for name, value in reply.headers.items()}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}"]
        lines += [f"{name.title()}: {value}" for name, value in headers.items() if value]
        body = b"" if bodiless or self.command == "HEAD" else reply.body
        with contextlib.suppress(OSError):  # the client may have gone
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control interface's."""
