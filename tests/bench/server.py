"""Requests under uvicorn: CPU of the gateway's process, against a bare answer under the same server."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.table import Line, progress
from tests.bench.worker import CONFIG, FILTER
from tests.end_to_end.processes import OTHER, Process, start

ROUNDS = 30
REQUESTS = 100  # short rounds, of which one at least meets a calm moment
PEOPLE = 10_000
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BASE = "/directory/scim/v2"
PAGE = "startIndex=5001&count=100"
Call = tuple[str, str, Any]


class Server:
    """A server's process, and one connection to it that stays open."""

    def __init__(self, process: Process) -> None:
        self._pid = process.process.pid
        self._http = http.client.HTTPConnection(urlsplit(process.url).netloc, timeout=60)

    def send(self, method: str, target: str, body: Any = None) -> Any:
        """One request; the document it is answered with."""
        content = json.dumps(body) if body is not None else None
        headers = {"Authorization": f"Bearer {OTHER}", "Content-Type": "application/scim+json"}
        self._http.request(method, target, content, headers)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {target} is answered {answer.status}: {text.decode()}")
        return json.loads(text)

    def reopen(self) -> None:
        """A new connection: an idle one is closed by the server after some seconds."""
        self._http.close()

    def spent(self) -> float:
        """The CPU seconds of all threads of the process until now (Linux)."""
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@dataclass(frozen=True)
class Kind:
    """One kind of request, its budget, and how many stand for one round."""

    what: str
    budget: float
    call: Callable[[int], Call]
    unit: str = "x"
    requests: int = REQUESTS


def lines(folder: Path) -> Iterator[Line]:
    """One line for each kind of request."""
    with ExitStack() as running:
        config = folder / "server.toml"
        config.write_text(CONFIG.format(store="memory:"))
        echo, gateway = (_started(running, arguments, folder) for arguments in (
            ["tests.bench.echo"], ["gateway", "serve", "--config", str(config), "--port", "0"]
        ))  # fmt: skip
        progress(f"{PEOPLE:,} people are created")
        ids = [_create(gateway, number) for number in range(PEOPLE)]
        gateway.send("GET", f"{BASE}/Users?count=1")
        floors, each = dict.fromkeys(("GET", "POST"), 9e9), dict.fromkeys((kind.what for kind in _kinds(ids)), 9e9)
        for number in range(ROUNDS):
            progress(f"requests, round {number + 1} of {ROUNDS}")
            floors["GET"] = min(floors["GET"], _cost(echo, lambda _: ("GET", "/", None), REQUESTS))
            floors["POST"] = min(floors["POST"], _cost(echo, lambda n: ("POST", "/", _person(n)), REQUESTS))
            for kind in _kinds(ids):
                each[kind.what] = min(each[kind.what], _cost(gateway, kind.call, kind.requests))
        for kind in _kinds(ids):
            cost, floor = each[kind.what] * 1e3, floors["GET" if kind.call(0)[2] is None else "POST"] * 1e3
            measured = cost / floor if kind.unit == "x" else cost
            yield Line(kind.what, measured, kind.budget, kind.unit, f"{cost:.2f} ms of CPU, bare answer {floor:.2f}")


def _kinds(ids: list[str]) -> list[Kind]:
    return [
        Kind("`GET /Users/{id}`", 4, lambda n: ("GET", f"{BASE}/Users/{ids[n % PEOPLE]}", None)),
        Kind("`userName eq`, a hit", 5, lambda n: ("GET", _search(n % PEOPLE), None)),
        Kind("`userName eq`, nobody", 5, lambda n: ("GET", f"{BASE.removesuffix('/scim/v2')}/{FILTER}", None)),
        Kind("PATCH of one attribute", 8, lambda n: ("PATCH", f"{BASE}/Users/{ids[n % PEOPLE]}", _patch(n))),
        Kind("POST of a person", 8, lambda n: ("POST", f"{BASE}/Users", _person(PEOPLE + n))),
        Kind("a page of 100 of 10,000, in the middle", 4, lambda _: ("GET", f"{BASE}/Users?{PAGE}", None), "ms", 5),
    ]  # fmt: skip


def _started(running: ExitStack, arguments: list[str], folder: Path) -> Server:
    process = start(arguments, folder / "log")
    running.callback(process.stop)
    return Server(process)


_numbers = itertools.count()


def _cost(server: Server, call: Callable[[int], Call], requests: int) -> float:
    server.reopen()
    before = server.spent()
    for _ in range(requests):
        server.send(*call(next(_numbers)))
    return (server.spent() - before) / requests


def _create(server: Server, number: int) -> str:
    return str(server.send("POST", f"{BASE}/Users", _person(number))["id"])


def _search(number: int) -> str:
    return f"{BASE}/Users?filter=userName+eq+%22p{number}%40example.com%22"


def _person(number: int) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "userName": f"p{number}@example.com",
        "externalId": f"e{number}",
        "active": True,
        "name": {"givenName": "Pat", "familyName": f"Number {number}"},
        "emails": [{"type": "work", "value": f"p{number}@example.com", "primary": True}],
    }


def _patch(number: int) -> dict[str, Any]:
    operation = {"op": "Replace", "path": "title", "value": f"Title {number}"}
    return {"schemas": [PATCH_OP], "Operations": [operation]}
