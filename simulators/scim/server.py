"""The HTTP server around one store."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.scim.control import JSON, PREFIX, control
from simulators.scim.credentials import Account, admitted, token
from simulators.scim.reply import Refused, Reply, as_json
from simulators.scim.service import BASE, Call, answer
from simulators.scim.store import Store

MAX_BYTES = 4 * 1024 * 1024
MINUTE = 60.0
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Simulator:
    """One store behind a server on `url`. Who touches `store` from another thread holds `lock`."""

    def __init__(self, account: Account | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.account, self.store, self.lock = account or Account(), Store(), threading.Lock()
        self.server = _Server(self, host, port)
        self.host = f"{f'[{host}]' if ':' in host else host}:{self.server.server_address[1]}"
        self.url = f"http://{self.host}{BASE}"
        self.token_url = f"http://{self.host}/oauth/token"

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes, peer: str) -> Reply:
        """The reply to a request."""
        with self.lock:
            if target.startswith(PREFIX):
                if not _is_here(peer):
                    return as_json({"error": "The control interface answers this machine only."}, 403, JSON)
                return control(self.store, method, target, raw)
            if (method, target) == ("POST", "/oauth/token"):
                self._note(Call(method, target, headers, b"", self.host), reply := self._token(headers, raw))
                return reply
            call = Call(method, target, headers, raw, self.host)
            reply = self._faulty(call)
            self._note(call, reply)
            return reply

    def _token(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        return token(self.store, self.account, headers, raw)

    def _faulty(self, call: Call) -> Reply:
        """The reply, or what an injected fault or a switch makes of it."""
        fault, switches = self.store.fault(call.method), self.store.switches
        reply = self._reply(call) if fault is None else fault.applied(self._reply(call) if fault.performs else None)
        reply.seconds += switches.latency_ms / 1000
        if call.method in WRITES and reply.status < 300 and switches.timeout_after_write:
            switches.timeout_after_write -= 1
            reply.cut = True
        return reply

    def _reply(self, call: Call) -> Reply:
        if not call.target.startswith(f"{BASE}/"):
            return Reply(404, b"<html><body>Not found</body></html>", "text/html")
        if not admitted(self.store, self.account, call.headers.get("authorization", "")):
            return Refused(401, "The credentials are wrong.").reply()
        return self._overrun() or answer(self.store, call)

    def _overrun(self) -> Reply | None:
        """429 when there were too many calls within a minute."""
        calls, switches, now = self.store.calls, self.store.switches, time.monotonic()
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if switches.rate_limit and len(calls) >= switches.rate_limit:
            reply = Refused(429, "Slow down.").reply()
            seconds = switches.rate_limit_retry_after
            reply.headers |= {"retry-after": str(seconds)} if seconds else {}
            return reply
        calls.append(now)
        return None

    def _note(self, call: Call, reply: Reply) -> None:
        entry: dict[str, Any] = {"method": call.method, "endpoint": call.endpoint, "target": call.target}
        entry |= {"status": reply.status, "answered": not reply.cut, "write": call.method in WRITES}
        self.store.requests.append(entry | {"body": _censored(call.raw)})

    def close(self) -> None:
        """Free the port and cut every connection, idle ones too."""
        self.server.server_close()


def _censored(raw: bytes) -> Any:
    """A body without the value of any password."""
    try:
        body = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None
    return _open(body)


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        secret = "password" in str(value.get("path", "")).lower()
        hidden = {name for name in value if "password" in name.lower() or (secret and name == "value")}
        return {name: "***" if name in hidden else _open(one) for name, one in value.items()}
    return [_open(one) for one in value] if isinstance(value, list) else value


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
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal() and len(length) < 15 and int(length) <= MAX_BYTES):
            self.close_connection = True
            self._write(Refused(413, "The body is too large, or of unknown length.").reply())
            return
        raw = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.owner.answer(self.command, self.path, headers, raw, self.client_address[0])
        time.sleep(reply.seconds)
        if reply.cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._write(reply)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = _serve

    def _write(self, reply: Reply) -> None:
        """Head and body in one piece: two would wait for each other's acknowledgement."""
        body = b"" if self.command == "HEAD" or reply.status == 204 else reply.body
        headers = {"content-length": str(len(body))} if reply.status != 204 else {}
        headers |= {"content-type": reply.content_type} if body else {}
        headers |= {"connection": "close"} if self.close_connection else {}
        headers |= {name.lower(): value for name, value in reply.headers.items()}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}"]
        lines += [f"{name.title()}: {value}" for name, value in headers.items()]
        with contextlib.suppress(OSError):  # the client may have gone
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control interface's."""


@contextmanager
def running(account: Account | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    simulator = Simulator(account, port=port)
    thread = threading.Thread(target=simulator.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.server.shutdown()
        simulator.close()
        thread.join()
