"""The gateway, the Replicon simulator and the Entra simulator as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.azurite.server import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "the-token-of-the-replicon-connection"
OTHER = "the-token-of-the-directory-connection"
PASSWORD = "s3cret-of-replicon"
ENVIRONMENT = {"REPLICON_TOKEN": TOKEN, "DIRECTORY_TOKEN": OTHER, "REPLICON_PASSWORD": PASSWORD}

CONFIG = """
[gateway]
store = "{store}"
public_url = "{public}"
read_deadline = {read}
write_deadline = {write}
lease = {lease}

[connections.{name}]
adapter = "replicon"
token = {{ env = "REPLICON_TOKEN" }}
on_delete = "{on_delete}"
failures_in_row = 1000
denials_in_row = 1000
[connections.{name}.settings]
company_key = "acme"
username = "scim.gateway"
password = {{ env = "REPLICON_PASSWORD" }}
domain = "{url}"

[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
"""


@dataclass
class Process:
    """A process of ours that has said it is ready."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def kill(self) -> None:
        """As a crash: nothing is finished, nothing is closed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """As an operator stops it."""
        self.process.terminate()
        self.process.wait(10)


def start(arguments: list[str], log: Path, environment: Mapping[str, str] = ENVIRONMENT) -> Process:
    """Start `python -m ...` and wait for the line with its address."""
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    process.stdout.close()
    if "http://" not in line:
        process.wait(10)
        raise AssertionError(f"{arguments} did not start: {log.read_text()}")
    url = next(word for word in line.replace('"', " ").split() if word.startswith("http://"))
    return Process(process, url.rstrip("/"), log)


@dataclass
class World:
    """Both servers and everything that a test asks of them."""

    folder: Path
    replicon: Process
    gateway: Process
    config: Path
    store: str
    name: str = "replicon"
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))

    @property
    def tenant(self) -> str:
        return f"{self.gateway.url}/{self.name}/scim/v2"

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """A call of the simulator's control interface."""
        answer = self.client.request(method, f"{self.replicon.url}/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def accounts(self) -> list[dict[str, Any]]:
        """The users of the simulator, without the gateway's own."""
        users: list[dict[str, Any]] = self.control("GET", "state")["users"]
        return [user for user in users if user["loginName"] != "scim.gateway"]

    def calls(self) -> dict[str, int]:
        """Calls of Replicon since the last time, by operation; discovery, once for each process, left out."""
        counts: dict[str, int] = self.control("GET", "counts")
        self.control("DELETE", "requests")
        counts.pop("GetTenantEndpointDetails", None)
        return counts

    def writes(self) -> list[str]:
        """The operations that wrote something since the last look at the calls."""
        return [r["operation"] for r in self.control("GET", "requests")["requests"] if r["write"]]

    def scim(self, method: str, path: str, body: Any = None, token: str = TOKEN, **options: Any) -> httpx.Response:
        """A SCIM request."""
        content = json.dumps(body) if body is not None else None
        headers = {"content-type": "application/scim+json; charset=utf-8"}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        base = options.pop("base", self.tenant)
        return self.client.request(method, f"{base}{path}", content=content, headers=headers, **options)

    def restart(self) -> None:
        """The same gateway on the same port."""
        port = self.gateway.url.rsplit(":", 1)[1]
        self.gateway = start(["gateway", "serve", "--config", str(self.config), "--port", port], self.gateway.log)

    def settle(self) -> None:
        """Sweep what the kills left behind, as if ten minutes had passed (SQLite only)."""
        with sqlite3.connect(self.folder / "gateway.db") as connection:
            connection.execute("update rows set written = written - 5000 where key like 'c.%'")
        for connection_name in (self.name, "directory"):
            self.command("sweep", connection_name)

    def drift(self, connection: str) -> list[Any]:
        """What `map verify` finds, but for accounts that nobody has seen."""
        lines = self.command("verify", connection, "--json").splitlines()
        return [one for one in map(json.loads, lines) if one["kind"] != "unlinked"]

    def command(self, *arguments: str) -> str:
        """`python -m gateway map …` beside the running gateway."""
        command = [sys.executable, "-m", "gateway", "map", *arguments, "--config", str(self.config)]
        environment = {**os.environ, **ENVIRONMENT}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
        return done.stdout

    def log_end(self) -> str:
        """The last lines of the gateway's log."""
        return "\n".join(self.gateway.log.read_text().splitlines()[-20:])

    def mappings(self) -> list[dict[str, Any]]:
        """The rows of the identity map that link an id to an account (SQLite only)."""
        connection = sqlite3.connect(self.folder / "gateway.db")
        rows = connection.execute(
            "select \"values\" from rows where partition = 'replicon.user' and key like 'i.%' order by key"
        ).fetchall()
        connection.close()
        return [json.loads(values) for (values,) in rows]


@contextmanager
def world(
    folder: Path,
    *,
    on_delete: str = "disable",
    store: str | None = None,
    password: str = PASSWORD,
    connection: str = "replicon",
    functions: bool = False,
    seconds: tuple[float, float, float] = (2, 3, 6),
) -> Iterator[World]:
    """A gateway in front of a simulator: under uvicorn, or as a Function in Microsoft's worker library.

    `seconds` are the deadlines of reads and writes and the lease of a claim.
    """
    log = folder / "processes.log"
    replicon = start(["simulators.replicon", "--port", "0", "--password", PASSWORD], log)
    config = folder / "gateway.toml"
    where = store or f"sqlite:{folder}/gateway.db"
    port = free_port()
    values: dict[str, Any] = {
        "store": where,
        "on_delete": on_delete,
        "url": replicon.url,
        "folder": folder,
        "name": connection,
    }
    values |= dict(zip(("read", "write", "lease"), seconds, strict=True))
    config.write_text(CONFIG.format(**values, public=f"http://127.0.0.1:{port}"))
    environment = {**ENVIRONMENT, "REPLICON_PASSWORD": password}
    if functions:
        environment |= {"SCIMGATE_CONFIG": str(config)}
        gateway = start(["tests.hosts.serve_functions", str(ROOT), str(port)], folder / "gateway.log", environment)
    else:
        gateway = start(
            ["gateway", "serve", "--config", str(config), "--port", str(port)], folder / "gateway.log", environment
        )
    made = World(folder, replicon, gateway, config, where, connection)
    try:
        yield made
    finally:
        made.client.close()
        for process in (made.gateway, replicon):
            if process.process.poll() is None:
                process.stop()


def entra(tenant: str, people: Path, state: Path, *options: str, token: str = TOKEN) -> subprocess.Popen[str]:
    """A provisioning cycle as a process, its report as JSON."""
    command = [sys.executable, "-m", "simulators.entra", tenant, "--token", token, str(people), "--state", str(state)]
    return subprocess.Popen(
        [*command, "--json", "--rate", "200", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(true: Any, seconds: float = 20) -> None:
    """Poll until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
