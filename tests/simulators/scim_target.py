"""A small strict SCIM server over loopback HTTP that keeps what it was sent and misbehaves when told to."""

from __future__ import annotations

import copy
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

TOKEN = "t0ken-of-the-tests"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
CONDITION = re.compile(r'(\w+(?:\[[^\]]*\])?(?:\.\w+)?) eq "((?:[^"\\]|\\.)*)"')
MEMBER = re.compile(r'members\[value eq "(\w+)"\]')
PATH = re.compile(r'(?:(urn:.+):)?(\w+)(?:\[(type|primary) eq "(\w+)"\])?(?:\.(\w+))?')


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def operations(self) -> Any:
        return json.loads(self.body)["Operations"]


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


def scim_error(status: int, detail: str = "", **more: str) -> Reply:
    return Reply(status, {"schemas": [f"{MESSAGES}:Error"], "status": str(status), "detail": detail, **more})


class ScimTarget:
    """The store and its manners; `faults` see every reply before it leaves and may return another.

    What a fault turns into a 4xx is refused, hence not stored; anything else was carried out all the same.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self._next: Counter[str] = Counter()
        self._lock = threading.Lock()

    def sent(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def user(self, user_name: str) -> dict[str, Any]:
        return next(user for user in self.users.values() if user["userName"].lower() == user_name.lower())

    def group(self, name: str) -> dict[str, Any]:
        return next(group for group in self.groups.values() if group["displayName"].lower() == name.lower())

    def members(self, name: str) -> list[str]:
        """The members of a group by name."""
        known = {**self.users, **self.groups}
        found = [known[each["value"]] for each in self.group(name)["members"]]
        return sorted(str(each.get("userName", each.get("displayName"))) for each in found)

    def hold(self, user_name: str, **more: Any) -> str:
        """Put a user there before the cycle."""
        return str(self._create({"schemas": [CORE], "userName": user_name, **more}).body["id"])

    def answer(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            before = copy.deepcopy((self.users, self.groups)) if self.faults else (self.users, self.groups)
            reply = self._route(call)
            for fault in self.faults:
                reply = fault(call, reply)
            if 400 <= reply.status < 500 and not reply.cut:
                self.users, self.groups = before
            return reply

    def _route(self, call: Call) -> Reply:
        path, _, query = call.target.partition("?")
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return scim_error(401, "no")
        endpoint, _, key = path.removeprefix("/scim/").partition("/")
        store = self.groups if endpoint == "Groups" else self.users
        if call.method == "POST":
            return (self._create_group if endpoint == "Groups" else self._create)(json.loads(call.body))
        if call.method == "GET" and not key:
            return self._find(store, query)
        if key not in store:
            return scim_error(404, "unknown")
        if call.method == "DELETE":
            del store[key]
            for group in self.groups.values():
                group["members"] = [each for each in group["members"] if each["value"] != key]
            return Reply(204)
        if call.method == "PATCH" and endpoint == "Groups":
            return self._change_group(store[key], json.loads(call.body)["Operations"])
        if call.method == "PATCH":
            for operation in json.loads(call.body)["Operations"]:
                _apply(store[key], operation)
        return Reply(200, _shown(store[key], query))

    def _create(self, body: dict[str, Any]) -> Reply:
        if any(user["userName"].lower() == body["userName"].lower() for user in self.users.values()):
            return scim_error(409, "taken", scimType="uniqueness")
        return self._keep(self.users, "u", "User", body)

    def _create_group(self, body: dict[str, Any]) -> Reply:
        if body["schemas"][0] != GROUP or body.get("members", []) != []:
            return scim_error(400, "not a group without members", scimType="invalidValue")
        if any(group["displayName"].lower() == body["displayName"].lower() for group in self.groups.values()):
            return scim_error(409, "taken", scimType="uniqueness")
        return self._keep(self.groups, "g", "Group", {"members": [], **body, "schemas": [GROUP]})

    def _keep(self, store: dict[str, dict[str, Any]], letter: str, kind: str, body: dict[str, Any]) -> Reply:
        self._next[letter] += 1
        key = f"{letter}{self._next[letter]}"
        location = f"{self.base}/{kind}s/{key}"
        store[key] = {**body, "id": key, "meta": {"resourceType": kind, "location": location}}
        return Reply(201, store[key], {"Location": location})

    def _change_group(self, group: dict[str, Any], operations: list[dict[str, Any]]) -> Reply:
        for operation in operations:
            if fault := _apply_to_group(group, operation, {*self.users, *self.groups}):
                return scim_error(400, fault, scimType="invalidValue")
        return Reply(204)

    def _find(self, store: dict[str, dict[str, Any]], query: str) -> Reply:
        text = unquote_plus(next(part for part in query.split("&") if part.startswith("filter="))[7:])
        text = MEMBER.sub(r'members eq "\1"', text)
        conditions = [(path, json.loads(f'"{value}"')) for path, value in CONDITION.findall(text)]
        assert " and ".join(CONDITION.sub("X", part) for part in text.split(" and ")).strip("X and") == "", text
        key = dict(conditions).get("id")
        candidates = store.values() if key is None else [store[key]] if key in store else []
        found = [_shown(each, query) for each in candidates if all(_holds(each, *one) for one in conditions)]
        sizes = {"totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found)}
        return Reply(200, {"schemas": [f"{MESSAGES}:ListResponse"], **sizes, "Resources": found})


def _shown(resource: dict[str, Any], query: str) -> dict[str, Any]:
    asked = dict(part.partition("=")[::2] for part in query.split("&"))
    if "attributes" in asked:
        return {name: resource[name] for name in ("schemas", "id", asked["attributes"])}
    return {name: each for name, each in resource.items() if name != asked.get("excludedAttributes")}


def _apply_to_group(group: dict[str, Any], operation: dict[str, Any], known: set[str]) -> str:
    """What is wrong with the operation, or nothing."""
    op, path = operation["op"].lower(), operation["path"]
    if path in ("displayName", "externalId"):
        group[path] = operation["value"]
        return "" if isinstance(operation["value"], str) else "not a text"
    if filtered := MEMBER.fullmatch(path):
        wrong = op != "remove" or "value" in operation
        ids = [filtered[1]]
    else:
        value = operation.get("value") or []
        wrong = path != "members" or not value or any(set(each) != {"$ref", "value"} for each in value)
        ids = [] if wrong else [each["value"] for each in value]
    if wrong or (op == "add" and not known.issuperset(ids)):
        return f"not understood: {operation}"
    kept = [each for each in group["members"] if each["value"] not in ids]
    group["members"] = kept + [{"value": each} for each in ids] if op == "add" else kept
    return ""


def _holds(user: dict[str, Any], path: str, value: str) -> bool:
    if path == "manager":
        return bool(user.get(ENTERPRISE, {}).get("manager", {}).get("value") == value)
    if path == "members":
        return any(each["value"] == value for each in user["members"])
    if path.startswith("emails"):
        return any(entry["value"].lower() == value.lower() for entry in user.get("emails", []))
    return str(user.get(path, "")).lower() == value.lower()


def _apply(user: dict[str, Any], operation: dict[str, Any]) -> None:
    changes = {operation["path"]: operation.get("value")} if "path" in operation else operation["value"]
    for path, value in changes.items():
        _set(user, path, value, operation["op"].lower())


def _set(user: dict[str, Any], path: str, value: Any, op: str) -> None:
    found = PATH.fullmatch(path)
    assert found, path
    urn, name, key, text, sub = found.groups()
    remove = op == "remove"
    home = user.setdefault(urn, {}) if urn else user
    if key:
        wanted = text == "True" if key == "primary" else text
        entries = home.setdefault(name, [])
        match = [entry for entry in entries if entry.get(key) == wanted] or [{key: wanted}]
        entries[:] = [entry for entry in entries if entry.get(key) != wanted] + match
        home, name = match[0], sub
    elif sub:
        home, name = home.setdefault(name, {}), sub
    if name == "active":
        value = str(value).lower() == "true"
    if name == "manager":
        value, remove = {"value": value}, not value
    if isinstance(value, list) and op == "add":
        value = [*home.get(name, []), *value]
    if remove:
        home.pop(name, None)
    else:
        home[name] = value


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    target: ScimTarget

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.target.answer(Call(self.command, self.path, headers, body))
        if reply.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(reply.status)
        headers = {"Content-Type": "application/scim+json; charset=utf-8"} if reply.body is not None else {}
        for name, value in {**headers, **reply.headers}.items():
            if value:
                self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextmanager
def serving() -> Iterator[ScimTarget]:
    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    Handler.target = ScimTarget(f"http://127.0.0.1:{server.server_port}/scim")
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    try:
        yield Handler.target
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def once(fault: Fault, method: str = "", after: int = 0) -> Fault:
    """The fault strikes one time: at the first request of the method, or `after` so many."""
    left = [after + 1]

    def strike(call: Call, reply: Reply) -> Reply:
        if method in ("", call.method):
            left[0] -= 1
            return fault(call, reply) if left[0] == 0 else reply
        return reply

    return strike


def on(method: str, fault: Fault) -> Fault:
    """The fault strikes at every request of the method."""
    return lambda call, reply: fault(call, reply) if call.method == method else reply
