"""The HTTP server: credentials, envelopes, faults and the log of requests."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.replicon.company import Company, User
from simulators.replicon.control import as_json, censored, control
from simulators.replicon.faults import Fault, Refused
from simulators.replicon.operations import OPERATIONS

MAX_BYTES = 4 * 1024 * 1024
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
DISCOVERY = "/DiscoveryService1.svc/GetTenantEndpointDetails"


@dataclass
class Reply:
    """What is sent; `cut` closes the connection instead, `seconds` are waited before."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 0


def _html(status: int, text: str) -> Reply:
    return Reply(status, f"<html><body><h1>{text}</h1></body></html>".encode(), HTML)


class Simulator:
    """One company behind a server on `url`."""

    def __init__(self, company: Company, host: str = "127.0.0.1", port: int = 0) -> None:
        self.company = company
        self.lock = threading.Lock()
        self._calls: list[float] = []
        simulator = self

        class Handler(_Handler):
            owner = simulator

        self.server = ThreadingHTTPServer((host, port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_address[1]}/"

    def answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        """The reply to a request."""
        url = urlsplit(target)
        if url.path.startswith("/_control/"):
            with self.lock:
                body = _parsed(raw)
                status, document = control(self.company, method, url.path[10:], dict(parse_qsl(url.query)), body)
            return Reply(status, as_json(document))
        if method != "POST":
            return _html(405, "Method not allowed")
        with self.lock:
            return self._service(url.path, headers, raw, uuid.uuid4().hex)

    def _service(self, path: str, headers: Mapping[str, str], raw: bytes, correlation: str) -> Reply:
        operation = path.rsplit("/", 1)[-1]
        fault = self._fault(operation)
        if fault is not None and not fault.after_effect:
            reply = _faulty(fault, None)
        else:
            reply = self._perform(path, headers, raw, correlation)
            if fault is not None:
                reply = _faulty(fault, reply)
        self._log(path, operation, headers, raw, reply.status, correlation)
        reply.headers.setdefault("X-Execution-Correlation-Id", correlation)
        reply.seconds += self.company.switches.latency_ms / 1000
        return reply

    def _fault(self, operation: str) -> Fault | None:
        for fault in self.company.faults:
            if fault.operation in ("*", operation):
                fault.times -= 1
                if fault.times <= 0:
                    self.company.faults.remove(fault)
                return fault
        return None

    def _perform(self, path: str, headers: Mapping[str, str], raw: bytes, correlation: str) -> Reply:
        body = _parsed(raw)
        try:
            if self._limited():
                raise Refused("Too many requests; please slow down.", "RateLimitError1", 429)
            if not isinstance(body, dict):
                raise Refused("The request is not a JSON object.", "InvalidRequestError1")
            if path == DISCOVERY:
                return Reply(200, as_json({"d": self._discovered(headers, body)}))
            return self._called(path, headers, body)
        except Refused as refused:
            return Reply(refused.status, as_json(refused.document(correlation)))

    def _limited(self) -> bool:
        limit, now = self.company.switches.rate_limit, time.monotonic()
        if not limit:
            return False
        self._calls = [moment for moment in self._calls if now - moment < 60]
        if len(self._calls) >= limit:
            return True
        self._calls.append(now)
        return False

    def _discovered(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
        company, tenant = self.company, body.get("tenant")
        key = tenant.get("companyKey") if isinstance(tenant, Mapping) else None
        if not isinstance(key, str) or key.casefold() != company.key.casefold():
            raise Refused("The company key is not known.", "InvalidTenantError1")
        root = f"http://{headers.get('host', self.url.split('/')[2])}/"
        if company.switches.root_url_style == "host_with_company":
            root += f"{company.key}/"
        uri = f"urn:replicon-tenant:{company.slug}"
        named = {"displayText": company.key, "slug": company.slug, "companyKey": company.key, "uri": uri}
        return {"applicationRootUrl": root, "applicationRootUrls": [{"rootUrl": root}], "tenant": named}

    def _called(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Reply:
        prefix = f"/{self.company.key}/services/"
        name = path[len(prefix) :]
        if path[: len(prefix)].casefold() != prefix.casefold() or name not in OPERATIONS:
            return _html(404, "Endpoint not found")
        caller = self._caller(headers.get("authorization", ""))
        if caller is None:
            return self._unauthorized()
        operation, writes = OPERATIONS[name]
        reply = Reply(200, as_json({"d": operation(self.company, caller, body)}))
        if writes and self.company.switches.timeout_after_write:
            self.company.switches.timeout_after_write -= 1
            reply.cut, reply.seconds = True, self.company.switches.timeout_after_write_seconds
        return reply

    def _caller(self, authorization: str) -> User | None:
        """The user who calls: `Company\\login` with one backslash, or the owner of a token; enabled."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            user = self.company.by_login(self.company.tokens.get(value, ""))
            return user if user and user.loginEnabled else None
        try:
            account, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        company, _, login = account.partition("\\")
        user = self.company.by_login(login)
        known = scheme.lower() == "basic" and company.casefold() == self.company.key.casefold() and user is not None
        return user if known and user and user.password == password and user.loginEnabled else None

    def _unauthorized(self) -> Reply:
        if self.company.switches.auth_failure_body == "html":
            return _html(401, "Unauthorized")
        return Reply(401, as_json({"error": {"details": {"displayText": "Invalid credentials"}}}))

    def _log(
        self, path: str, operation: str, headers: Mapping[str, str], raw: bytes, status: int, correlation: str
    ) -> None:
        known = OPERATIONS.get("/".join(path.split("/")[-2:]))
        application = headers.get("x-replicon-application")
        entry = {"operation": operation, "path": path, "status": status, "write": bool(known and known[1])}
        entry |= {"correlationId": correlation, "application": application, "body": censored(_parsed(raw))}
        if not application:
            entry["warning"] = "X-Replicon-Application is missing"
        self.company.requests.append(entry)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw or b"null")
    except (ValueError, RecursionError):
        return None


def _faulty(fault: Fault, done: Reply | None) -> Reply:
    if fault.truncate and done is not None:
        return Reply(done.status, done.body[: len(done.body) // 2], seconds=fault.delay)
    text = fault.body.encode()
    kind = JSON if text.lstrip().startswith((b"{", b"[")) else HTML
    return Reply(fault.status, text, kind, dict(fault.headers), fault.cut, fault.delay)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Simulator
    timeout = 60
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BYTES:
            self.close_connection = True
            self._write(_html(413, "Too large"))
            return
        raw = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.owner.answer(self.command, self.path, headers, raw)
        if reply.seconds:
            time.sleep(reply.seconds)
        if reply.cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(reply)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _serve

    def _write(self, reply: Reply) -> None:
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body)), **reply.headers}
        head = f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with contextlib.suppress(OSError):  # the client may have gone
            self.wfile.write(head.encode("latin-1") + b"\r\n" + reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control interface's."""


@contextmanager
def running(
    company: str = "acme", username: str = "scim.gateway", password: str = "s3cret", port: int = 0
) -> Iterator[Simulator]:
    """A simulator in this process."""
    simulator = Simulator(Company(company, username, password), port=port)
    thread = threading.Thread(target=simulator.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.server.shutdown()
        simulator.server.server_close()
        thread.join()
