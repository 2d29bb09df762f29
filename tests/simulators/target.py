"""What the targets of the client simulators share: requests, answers, faults, and a server on loopback."""

from __future__ import annotations

import copy
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from simulators import http
from simulators.http.server import Server

TOKEN = "t0ken-of-the-tests"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
SCIM = "application/scim+json; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def operations(self) -> Any:
        return self.json["Operations"]

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


def scim_error(status: int, detail: str = "", **more: str) -> Reply:
    return Reply(status, {"schemas": [f"{MESSAGES}:Error"], "status": str(status), "detail": detail, **more})


class Target(ABC):
    """A store of users and groups. `faults` see every reply before it leaves and may return another; what they turn
    into one of `undone` was refused, hence is not stored."""

    undone: ClassVar[range]

    def __init__(self) -> None:
        self.server = Server(self._answer, http.as_html, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/scim"
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()

    @abstractmethod
    def route(self, call: Call) -> Reply:
        """What the target says to a call whose token is right."""

    def sent(self, method: str = "") -> list[Call]:
        return [call for call in self.calls if method in ("", call.method)]

    def answer(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            before = copy.deepcopy((self.users, self.groups)) if self.faults else (self.users, self.groups)
            admitted = call.headers.get("authorization") == f"Bearer {TOKEN}"
            reply = self.route(call) if admitted else scim_error(401, "no")
            for fault in self.faults:
                reply = fault(call, reply)
            if reply.status in self.undone and not reply.cut:
                self.users, self.groups = before
            return reply

    def _answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes, peer: str) -> http.Reply:
        reply = self.answer(Call(method, target, headers, raw))
        return http.Reply(reply.status, reply.content, SCIM, reply.headers, reply.cut)

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator[Self]:
        target = cls()
        thread = threading.Thread(target=target.server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield target
        finally:
            target.server.shutdown()
            target.server.server_close()
            thread.join()
