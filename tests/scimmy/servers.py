"""Two SCIM servers that nobody here wrote, as processes: scimmy with scimmy-routers (Node.js) and scim2-server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.azurite.server import free_port

HERE = Path(__file__).parent
TOKEN = "the-token-of-the-scim-server"
LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.1" (?P<status>\d{3})')


@dataclass(frozen=True)
class Request:
    """A line of a server's own log; `body` where it logs bodies."""

    method: str
    path: str
    status: int
    body: Any = None

    @property
    def shape(self) -> str:
        """The method and the address without ids and parameters."""
        return f"{self.method} /{re.sub(r'^.*?(Users|Groups)(/[^?]+)?.*$', _named, self.path)}"


def _named(found: re.Match[str]) -> str:
    return found[1] + ("/{id}" if found[2] else "")


@dataclass
class Server:
    """A server that runs."""

    name: str
    url: str
    log: Path
    read: Callable[[str], Request | None]
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=30)
    )
    seen: int = 0

    def requests(self) -> list[Request]:
        """The requests since the last look. The log is written when an answer was sent, hence a moment of patience."""
        time.sleep(0.2)
        lines = self.log.read_text().splitlines()
        new, self.seen = lines[self.seen :], len(lines)
        return [request for request in map(self.read, new) if request is not None]

    def writes(self) -> list[str]:
        """The shapes of the requests that wrote something since the last look."""
        return [one.shape for one in self.requests() if one.method != "GET"]

    def held(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a type, as the server itself shows them."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.client.get(f"{self.url}/{kind}", params={"startIndex": len(found) + 1, "count": 100}).json()
            found += answer.get("Resources") or []
            if len(found) >= answer["totalResults"] or not answer.get("Resources"):
                self.requests()
                return found


def _of_scimmy(line: str) -> Request | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return Request(told["method"], told["path"], told["status"], told["body"])


def _of_scim2_server(line: str) -> Request | None:
    found = LINE.search(line)
    return Request(found["method"], found["path"], int(found["status"])) if found else None


@contextmanager
def _process(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A process that prints its address when it is ready."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=HERE, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert "http://" in line, log.read_text()
        yield next(word for word in line.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.communicate(timeout=20)


@contextmanager
def scimmy(folder: Path) -> Iterator[Server]:
    """The Node.js server; fails under CI when it is not installed, else skips."""
    if not (HERE / "node_modules" / ".installed").exists() or shutil.which("node") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("The SCIM server for tests is not installed: run `make scimmy`.")
        pytest.skip("The SCIM server for tests is not installed: run `make scimmy`, which needs Node.js.")
    log = folder / "scimmy.log"
    with _process(["node", "server.js", "0", TOKEN], log, {}) as url:
        yield Server("scimmy", url, log, _of_scimmy)


@contextmanager
def scim2_server(folder: Path) -> Iterator[Server]:
    """The Python server."""
    log = folder / "scim2_server.log"
    command = [sys.executable, "-m", "scim2_server.testserver.cli", "--port", str(free_port()), "--bearer-token", TOKEN]
    with _process(command, log, {"PYTHONUNBUFFERED": "1"}) as url:
        yield Server("scim2_server", url, log, _of_scim2_server)


SERVERS = {"scimmy": scimmy, "scim2_server": scim2_server}
