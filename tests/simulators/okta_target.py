"""A small strict SCIM server over loopback HTTP: it knows what Okta sends, and answers 400 to anything else."""

from __future__ import annotations

import copy
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "t0ken-of-the-tests"
CORE = "urn:ietf:params:scim:schemas:core:2.0"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
KEYS = {"Users": "userName", "Groups": "displayName"}
FILTER = re.compile(r'(userName|displayName) eq ("(?:[^"\\]|\\.)*")')
MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')
Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def line(self) -> str:
        return f"{self.method} {self.target.removeprefix('/scim')}"


@dataclass
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def content(self) -> bytes:
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body).encode()


Fault = Callable[[Call, Reply], Reply]


def scim_error(status: int, detail: str = "") -> Reply:
    return Reply(status, {"schemas": [f"{MESSAGES}:Error"], "status": str(status), "detail": detail})


class OktaTarget:
    """The store. `faults` see every reply before it leaves and may return another; a 4xx is then not carried out."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.kept: dict[str, dict[str, Json]] = {"Users": {}, "Groups": {}}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self._next = {"Users": 0, "Groups": 0}
        self._lock = threading.Lock()

    @property
    def users(self) -> dict[str, Json]:
        return self.kept["Users"]

    @property
    def groups(self) -> dict[str, Json]:
        return self.kept["Groups"]

    def user(self, login: str) -> Json:
        return next(user for user in self.users.values() if user["userName"] == login)

    def group(self, name: str) -> Json:
        return next(group for group in self.groups.values() if group["displayName"] == name)

    def hold(self, kind: str, **more: Any) -> str:
        """Put a resource there beforehand."""
        return str(self._create(kind, {"schemas": [f"{CORE}:{kind[:-1]}"], **more}).body["id"])

    def sent(self, method: str = "") -> list[Call]:
        return [call for call in self.calls if method in ("", call.method)]

    def lines(self) -> list[str]:
        """What was sent since the last time."""
        lines = [call.line for call in self.calls]
        self.calls.clear()
        return lines

    def answer(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            before = copy.deepcopy(self.kept) if self.faults else self.kept
            reply = self._checked(call)
            for fault in self.faults:
                reply = fault(call, reply)
            if 400 <= reply.status < 600 and not reply.cut:
                self.kept = before
            return reply

    def _checked(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return scim_error(401, "no")
        if (call.headers.get("content-type") == "application/scim+json; charset=utf-8") is not bool(call.body):
            return scim_error(415, "content type")
        try:
            return self._route(call)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return scim_error(400, f"not what Okta sends: {error!r}")

    def _route(self, call: Call) -> Reply:
        parts = urlsplit(call.target.removeprefix("/scim/"))
        kind, _, key = parts.path.partition("/")
        store, key = self.kept[kind], unquote(key)
        if not key:
            return self._create(kind, call.json) if call.method == "POST" else self._list(kind, parts.query)
        if key not in store:
            return scim_error(404, "unknown")
        if call.method == "PUT":
            if call.json["id"] != key or f"{CORE}:{kind[:-1]}" not in call.json["schemas"]:
                raise ValueError("the id or schemas of a PUT")
            store[key] = {**_told(call.json), "meta": {"resourceType": kind[:-1]}}
        if call.method == "PATCH":
            return self._patch(store[key], call.json)
        if call.method == "DELETE":
            return self._delete(kind, key)
        return Reply(200, store[key])

    def _delete(self, kind: str, key: str) -> Reply:
        if kind == "Users":
            return scim_error(405, "Okta never deletes users")
        del self.kept[kind][key]
        return Reply(204)

    def _create(self, kind: str, body: Json) -> Reply:
        name = KEYS[kind]
        if any(each[name].lower() == body[name].lower() for each in self.kept[kind].values()):
            return scim_error(409, "taken")
        self._next[kind] += 1
        key = f"{kind[0].lower()}{self._next[kind]}"
        self.kept[kind][key] = {**_told(body), "id": key, "meta": {"resourceType": kind[:-1]}}
        return Reply(201, self.kept[kind][key])

    def _list(self, kind: str, query: str) -> Reply:
        if "+" in query:
            raise ValueError("Okta sends blanks as %20")
        asked = dict(parse_qsl(query, strict_parsing=True))
        found = list(self.kept[kind].values())
        if wanted := asked.pop("filter", ""):
            name, value = _equality(wanted, kind)
            found = [each for each in found if each[name].lower() == value.lower()]
        start, count = int(asked.pop("startIndex")), int(asked.pop("count"))
        if asked:
            raise ValueError(f"parameters {sorted(asked)}")
        page = found[start - 1 : start - 1 + count]
        numbers = {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(page)}
        return Reply(200, {"schemas": [f"{MESSAGES}:ListResponse"], **numbers, "Resources": page})

    def _patch(self, kept: Json, body: Json) -> Reply:
        if body["schemas"] != [f"{MESSAGES}:PatchOp"] or set(body) != {"schemas", "Operations"}:
            raise ValueError("the frame of a PATCH")
        for operation in body["Operations"]:
            _apply(kept, operation)
        return Reply(200, kept)


def _told(body: Json) -> Json:
    """What may be read again."""
    return {name: value for name, value in body.items() if name != "password"}


def _equality(text: str, kind: str) -> tuple[str, str]:
    found = FILTER.fullmatch(text)
    if not found or found[1] != KEYS[kind]:
        raise ValueError(f"the filter {text}")
    return found[1], json.loads(found[2])


def _apply(kept: Json, operation: Json) -> None:
    shape = (operation["op"], operation.get("path"))
    members = kept.setdefault("members", []) if "path" in operation else []
    if shape == ("replace", None):
        if not set(operation["value"]) <= {"active", "id", "displayName", "password"}:
            raise ValueError("a PATCH without a path")
        kept.update(operation["value"])
        kept.pop("password", None)
    elif shape == ("add", "members"):
        members += _members(operation)
    elif shape == ("replace", "members"):
        members[:] = _members(operation)
    elif shape[0] == "remove" and set(operation) == {"op", "path"} and (found := MEMBER.fullmatch(shape[1] or "")):
        members[:] = [each for each in members if each["value"] != found[1]]
    else:
        raise ValueError(f"the operation {shape}")


def _members(operation: Json) -> list[Json]:
    if any(set(each) != {"value", "display"} for each in operation["value"]):
        raise ValueError("members")
    return list(operation["value"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    target: OktaTarget

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.target.answer(Call(self.command, self.path, headers, body))
        if reply.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(reply.status)
        for name, value in {"Content-Type": "application/scim+json", **reply.headers}.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextmanager
def serving() -> Iterator[OktaTarget]:
    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    Handler.target = OktaTarget(f"http://127.0.0.1:{server.server_port}/scim")
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    try:
        yield Handler.target
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def on(what: str, fault: Fault, times: int = 1_000_000) -> Fault:
    """The fault strikes at requests whose line begins with `what`, so many times."""
    left = [times]

    def strike(call: Call, reply: Reply) -> Reply:
        if call.line.startswith(what) and left[0] > 0:
            left[0] -= 1
            return fault(call, reply)
        return reply

    return strike


def instead(reply: Reply) -> Fault:
    return lambda call, _: reply
