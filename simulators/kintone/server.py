"""The HTTP server around one site."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.kintone.control import PREFIX, control
from simulators.kintone.service import Call, answer
from simulators.kintone.site import Site
from simulators.replicon.envelope import Reply, as_html, as_json

MAX_BYTES = 4 * 1024 * 1024


class Simulator:
    """One site behind a server on `url`. Who touches `site` from another thread holds `lock`."""

    def __init__(self, site: Site, host: str = "127.0.0.1", port: int = 0) -> None:
        self.site, self.lock = site, threading.Lock()
        self.server = _Server(self, host, port)
        self.url = f"http://{host}:{self.server.server_address[1]}"

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes, peer: str) -> Reply:
        """The reply to a request."""
        with self.lock:
            if not target.startswith(PREFIX):
                return answer(self.site, Call(method, target, headers, raw))
            if not peer.startswith("127."):
                return as_json({"error": "The control interface answers this machine only."}, 403)
            return control(self.site, method, target, raw)

    def close(self) -> None:
        """Free the port and cut every connection, idle ones too."""
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: Simulator, host: str, port: int) -> None:
        self.owner, self.open = owner, set[Any]()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

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
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or int(length) > MAX_BYTES:
            self.close_connection = True
            self._write(as_html(413, "Request entity too large"))
            return
        raw = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.owner.answer(self.command, self.path, headers, raw, self.client_address[0])
        if reply.seconds:
            time.sleep(reply.seconds)
        if reply.cut:
            self._cut()
        else:
            self._write(reply)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, reply: Reply) -> None:
        """Head and body in one piece: two would wait for each other's acknowledgement."""
        body = b"" if self.command == "HEAD" or reply.status in (204, 304) else reply.body
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(body))}
        headers |= {"Connection": "close"} if self.close_connection else {}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}"]
        lines += [f"{name}: {value}" for name, value in (headers | reply.headers).items()]
        with contextlib.suppress(OSError):  # the client may have gone
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control interface's."""


@contextmanager
def running(site: Site | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    simulator = Simulator(site or Site(), port=port)
    thread = threading.Thread(target=simulator.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.server.shutdown()
        simulator.close()
        thread.join()
