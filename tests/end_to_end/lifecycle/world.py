"""One gateway with a connection for every form of every system, and a simulator for each system: separate processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.adapters.scim_profiles import toml
from tests.azurite.server import free_port
from tests.end_to_end.lifecycle.system import Cell, Held, Json, System
from tests.end_to_end.processes import Process, start

TOKEN = "the-token-of-"
SECRET = "s3cret-of-every-backend"
ENVIRONMENT = {"BACKEND_SECRET": SECRET, "WRONG_SECRET": "not-" + SECRET}
POLICIES = ("disable", "delete")
GATEWAY = """
[gateway]
store = "sqlite:{folder}/gateway.db"
public_url = "http://127.0.0.1:{port}"
read_deadline = {read}
write_deadline = {write}
lease = {lease}
"""
CONNECTION = """
[connections.{name}]
adapter = "{adapter}"
token = {{ env = "{variable}" }}
on_delete = "{policy}"
failures_in_row = 100000
denials_in_row = 100000
{more}
[connections.{name}.settings]
"""
"""A backend that fails on purpose is asked all the same: what leaves it alone has tests of its own."""


@dataclass(frozen=True)
class Place:
    """One connection: its SCIM side, and its backend's."""

    system: System
    gateway: str
    name: str
    backend: str
    """The root of the simulator, or the path of the backend's file."""
    policy: str
    """What becomes of who is deleted."""
    client: httpx.Client

    def scim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A SCIM request."""
        headers = {
            "authorization": f"Bearer {TOKEN}{self.name}",
            "content-type": "application/scim+json; charset=utf-8",
        }
        content = None if body is None else json.dumps(body)
        return self.client.request(
            method, f"{self.gateway}/{self.name}/scim/v2{path}", content=content, headers=headers
        )

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """A call of the simulator's control interface."""
        answer = self.client.request(method, f"{self.backend}/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def switched(self, cell: Cell) -> Iterator[Place]:
        """The simulator with the switches of a form, and as it was afterwards."""
        if not self.simulated:
            yield self
            return
        before = self.control("GET", "switches")
        self.control("POST", "switches", cell.switches)
        try:
            yield self
        finally:
            self.control("DELETE", "inject")
            self.control("POST", "switches", before)

    @property
    def simulated(self) -> bool:
        """Whether there is a simulator."""
        return bool(self.system.arguments)

    def held(self) -> Held:
        """What stands in the backend."""
        return self.system.held(self.control("GET", "state") if self.simulated else Path(self.backend))

    def log(self) -> list[Json]:
        """The requests since the last look; what a process finds out once is left out."""
        if not self.simulated:
            return []
        requests: list[Json] = self.control("GET", "requests")["requests"]
        self.control("DELETE", "requests")
        return [one for one in requests if one["operation"] not in ("GetTenantEndpointDetails", "POST /oauth/token")]


@dataclass
class World:
    """Everything that runs."""

    folder: Path
    gateway: Process
    simulators: Mapping[str, Process]
    names: Mapping[str, str]
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    def place(self, system: System, cell: Cell, policy: str, *, wrong: bool = False) -> Place:
        """The connection for a form of a system."""
        name = self.names[_key(system, cell, policy, wrong)]
        backend = _root(self.simulators[system.name].url) if system.arguments else f"{self.folder}/{name}.db"
        policy = cell.differs.get("delete", policy)
        return Place(system, self.gateway.url, name, backend, policy, self.client)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _key(system: System, cell: Cell, policy: str, wrong: bool) -> str:
    policy = cell.differs.get("delete", policy)
    form = [cell.settings, cell.switches if cell.asks_again else None]
    return json.dumps([system.name, policy, wrong, form], sort_keys=True, default=str)


@contextmanager
def world(
    folder: Path,
    systems: Iterable[System],
    *,
    seconds: tuple[float, float, float] = (5, 8, 14),
    host: Iterable[str] = ("gateway", "serve", "--config", "{config}", "--port", "{port}"),
) -> Iterator[World]:
    """All processes; `seconds` are the deadlines of reads and writes and the lease of a claim."""
    with ExitStack() as stack:
        simulated = [system for system in systems if system.arguments]
        with ThreadPoolExecutor(len(simulated)) as starting:
            started = list(starting.map(lambda system: _simulator(system, folder), simulated))
        for process in started:
            stack.callback(process.stop)
        simulators = {system.name: process for system, process in zip(simulated, started, strict=True)}
        port, config = free_port(), folder / "gateway.toml"
        limits = dict(zip(("read", "write", "lease"), seconds, strict=True))
        names, text = _connections(folder, systems, simulators)
        config.write_text(GATEWAY.format(folder=folder, port=port, **limits) + text)
        tokens = {_variable(name): TOKEN + name for name in names.values()}
        environment = {**ENVIRONMENT, **tokens, "SCIMGATE_CONFIG": str(config)}
        command = [word.format(config=config, port=port) for word in host]
        gateway = start(command, folder / "gateway.log", environment)
        stack.callback(gateway.stop)
        made = World(folder, gateway, simulators, names)
        stack.callback(made.client.close)
        yield made


def _variable(name: str) -> str:
    return name.upper().replace("-", "_") + "_TOKEN"


def _simulator(system: System, folder: Path) -> Process:
    given = [word for flag in system.arguments for word in (flag, SECRET)]
    command = [f"simulators.{system.name}", "--port", "0", *given, *system.options]
    return start(command, folder / f"{system.name}.log")


def _connections(
    folder: Path, systems: Iterable[System], simulators: Mapping[str, Process]
) -> tuple[dict[str, str], str]:
    """The names of all connections by their keys, and their tables."""
    names: dict[str, str] = {}
    tables = []
    for system in systems:
        wanted = [(cell, policy, False) for cell in system.cells for policy in POLICIES]
        for cell, policy, wrong in [*wanted, *([(Cell(), "disable", True)] if system.secret else [])]:
            key = _key(system, cell, policy, wrong)
            if key not in names:
                names[key] = name = f"{system.name}-{len(names)}"
                process = simulators.get(system.name)
                tables.append(_table(folder, system, cell, policy, wrong, name, process.url if process else ""))
    return names, "".join(tables)


def _table(folder: Path, system: System, cell: Cell, policy: str, wrong: bool, name: str, url: str) -> str:
    values = {"folder": folder, "connection": name, "url": url, "root": _root(url)}
    settings: dict[str, Any] = {**system.settings, **cell.settings}
    profile = settings.get("profile")
    if isinstance(profile, Mapping):
        file = folder / f"{name}.toml"
        file.write_text(toml(profile), encoding="utf-8")
        settings["profile"] = str(file)
    settings = {key: one.format(**values) if isinstance(one, str) else one for key, one in settings.items()}
    if system.secret:
        settings[cell.secret or system.secret] = {"env": "WRONG_SECRET" if wrong else "BACKEND_SECRET"}
    head = CONNECTION.format(
        name=name,
        variable=_variable(name),
        adapter=system.name,
        policy=cell.differs.get("delete", policy),
        more=toml(system.connection) if system.connection else "",
    )
    return head + toml(settings)
