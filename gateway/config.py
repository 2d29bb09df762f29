"""`gateway.toml`: what a deployment is made of. All faults are reported together.

Who may come in is known from the file and the environment alone; what a connection says of its backend is read by
`gateway/backend.py`, which imports the adapter.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import stores
from gateway.authentication.ways import TABLES, Ways, read_ways
from gateway.overrides import overridden
from gateway.telemetry import tracing
from gateway.values import Values

if TYPE_CHECKING:
    from gateway.backend import Backend

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
PUBLIC_URL = re.compile(r"https?://[^/?#\s]+(?:/[^?#\s]*)?", re.IGNORECASE)
RESERVED = frozenset(("admin", "runtime", "console", "oauth", "healthz", "readyz", "api"))
TOKEN_LENGTH = 16
"""Characters that a token has at least."""
CONNECTION_KEYS = ("adapter", "token", *TABLES, "map", "settings", "attributes")
DURATIONS = ("read_deadline", "write_deadline", "lease", "sweep")


class ConfigError(ValueError):
    """The configuration cannot be used. `faults` are sentences, each with the place it speaks of."""

    def __init__(self, source: str, faults: list[str]) -> None:
        many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        super().__init__(f"{source} has {many}:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Connection:
    """One connection: who may come in, and where its ids are. `reads` reads what it says of its backend."""

    name: str
    token: str = field(repr=False)
    map: str
    ways: Ways
    reads: Callable[[], Backend] = field(repr=False)

    @cached_property
    def backend(self) -> Backend:
        """The adapter and all that it needs, imported and checked at the first look; `ConfigError` has the faults."""
        return self.reads()


@dataclass(frozen=True)
class Config:
    """A deployment. Times are in seconds: how long a claim protects a create, and the pause between two sweeps."""

    store: str = "sqlite:.data/gateway.db"
    public_url: str = ""
    lease: float = 90.0
    sweep: float = 300.0
    traces: str = tracing.NONE
    trace_share: float = 0.05
    connections: Mapping[str, Connection] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What is wrong with the backends of all connections."""
        found = list[str]()
        for connection in self.connections.values():
            try:
                connection.backend  # noqa: B018 - looking is what is meant
            except ConfigError as error:
                found += error.faults
        return found


def load(path: Path, environment: Mapping[str, str] = os.environ, *, later: bool = False) -> Config:
    """Read and check a configuration file; `ConfigError` lists every fault.

    With `later` backends are read when they are first asked for, unless something else is wrong already.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        told = f"it cannot be read ({error.strerror}); README.md shows how to write one, and --config names another."
        raise ConfigError(str(path), [told]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"it is not valid TOML: {error}."]) from error
    return read(document, str(path), environment, later=later)


def read(document: Mapping[str, Any], source: str, environment: Mapping[str, str], *, later: bool = False) -> Config:
    """Check a configuration that has been parsed."""
    reader = _Reader(source, environment)
    config = reader.config(overridden(document, environment, reader.fault))
    faults = reader.faults if later and not reader.faults else [*reader.faults, *config.faults()]
    if faults:
        raise ConfigError(source, faults)
    return config


class _Reader(Values):
    """Reads a whole configuration, but for the backends."""

    def __init__(self, source: str, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self._source, self._environment = source, environment

    def config(self, document: Mapping[str, Any]) -> Config:
        self.unknown("", document, ("gateway", "connections"))
        gateway = self.table("gateway", document.get("gateway", {}))
        self.unknown("gateway", gateway, ("store", "public_url", "traces", "trace_share", *DURATIONS))
        timing = {name: self._duration(name, gateway) for name in DURATIONS if name in gateway}
        lease = timing.pop("lease", max(90.0, timing.get("write_deadline", 0) * 1.5))
        sweep = timing.pop("sweep", Config.sweep)
        if lease <= timing.get("write_deadline", 50.0):
            self.fault("gateway.lease", "it must be longer than write_deadline, so that no create outlives its claim.")
        tables = self.table("connections", document.get("connections", {}))
        if not document.get("connections"):
            self.fault("connections", "there is none; add a [connections.NAME] table.")
        connections = [
            self._connection(name, self.table(f"connections.{name}", t), timing) for name, t in tables.items()
        ]
        self._shared_maps(connections)
        self._shared_tokens(connections)
        return Config(
            store=self._store(self.text("gateway", gateway, "store", Config.store)),
            public_url=self._public_url(self.text("gateway", gateway, "public_url", "").rstrip("/")),
            lease=lease,
            sweep=sweep,
            traces=self._traces(self.text("gateway", gateway, "traces", Config.traces)),
            trace_share=self._share(gateway),
            connections={connection.name: connection for connection in connections},
        )

    def _connection(self, name: str, table: Mapping[str, Any], timing: Mapping[str, float]) -> Connection:
        place = f"connections.{name}"
        if not NAME.fullmatch(name) or name in RESERVED:
            self.fault(place, "a name has 2 to 41 of a-z, 0-9 and -, starts with no -, and is not reserved.")
        token = self._token(place, table.get("token"))
        ways = read_ways(self, name, table)
        map = self.text(place, table, "map", name)
        if map != name and not NAME.fullmatch(map):
            self.fault(f"{place}.map", "a map's name is made like a connection's.")
        return Connection(name, token, map, ways, partial(self._backend, place, table, timing))

    def _backend(self, place: str, table: Mapping[str, Any], timing: Mapping[str, float]) -> Backend:
        from gateway.backend import read_backend  # the adapter and the engine: who is not let in needs neither

        values = Values(self._environment)
        backend = read_backend(values, place, table, timing)
        if backend is None or values.faults:
            raise ConfigError(self._source, values.faults)
        return backend

    def _shared_maps(self, connections: list[Connection]) -> None:
        owners: dict[str, str] = {}
        for connection in connections:
            other = owners.setdefault(connection.map, connection.name)
            if other != connection.name:
                self.fault(
                    f"connections.{connection.name}.map", f"the map {connection.map} belongs to {other} already."
                )

    def _shared_tokens(self, connections: list[Connection]) -> None:
        """What opens one connection opens no other."""
        owners: dict[str, str] = {}
        for connection in connections:
            secrets = connection.ways.oauth.secrets if connection.ways.oauth else ()
            for name, one in (("token", connection.token), *(("oauth.secrets", secret) for secret in secrets)):
                other = owners.setdefault(one, connection.name)
                if one and other != connection.name:
                    place = f"connections.{connection.name}.{name}"
                    self.fault(place, f"it is a token or secret of {other} too; each connection needs its own.")

    def _store(self, url: str) -> str:
        if told := stores.fault(url):
            self.fault("gateway.store", told)
        return url

    def _traces(self, traces: str) -> str:
        if fault := tracing.fault(traces):
            self.fault("gateway.traces", fault)
        return traces

    def _share(self, gateway: Mapping[str, Any]) -> float:
        value = self.number("gateway.trace_share", gateway.get("trace_share", Config.trace_share))
        if value is None:
            return Config.trace_share
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return float(value)
        self.fault("gateway.trace_share", "it must be a number above 0, and 1 at most.")
        return 1.0

    def _public_url(self, url: str) -> str:
        if url and not PUBLIC_URL.fullmatch(url):
            self.fault("gateway.public_url", "it must look like https://HOST or https://HOST/PATH, without a query.")
        return url

    def _duration(self, name: str, table: Mapping[str, Any]) -> float:
        value, harmless = self.number(f"gateway.{name}", table[name]), 600.0 if name == "lease" else 1.0
        if value is None:
            return harmless
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 600:
            return float(value)
        self.fault(f"gateway.{name}", "it must be a number of seconds between 0 and 600.")
        return harmless

    def _token(self, place: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, Mapping) or "env" not in value:
            self.fault(f"{place}.token", 'a token comes from the environment: token = { env = "NAME" }.')
            return ""
        token = self.resolved(f"{place}.token", value)
        if token is not None and (len(token) < TOKEN_LENGTH or not token.isascii() or token != token.strip()):
            self.fault(
                f"{place}.token", f"a token has at least {TOKEN_LENGTH} ASCII characters and no blanks around it."
            )
        return token or ""
