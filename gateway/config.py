"""`gateway.toml`: what a deployment is made of. All faults are reported together."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, SecretStr, ValidationError

from gateway.authentication.settings import TABLES, Ways, WaysReader
from gateway.fitting import misfits
from gateway.overrides import overridden
from gateway.registry import AdapterUnknown, adapter_class
from gateway.telemetry import tracing
from gateway.wording import unknown, worded
from scim.document import MAX_BYTES
from scim.options import Options
from scim_adapter import Adapter, Field

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
    """One connection, ready to be opened."""

    name: str
    adapter: type[Adapter[Any]]
    settings: BaseModel
    token: SecretStr
    map: str
    options: Options
    attributes: Mapping[str, Field] = field(default_factory=dict)
    ways: Ways = field(default_factory=Ways)


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


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file; `ConfigError` lists every fault."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"it cannot be read ({error.strerror})."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"it is not valid TOML: {error}."]) from error
    return read(document, str(path), environment)


def read(document: Mapping[str, Any], source: str, environment: Mapping[str, str]) -> Config:
    """Check a configuration that has been parsed."""
    reader = _Reader(environment)
    config = reader.config(overridden(document, environment, reader.fault))
    if reader.faults:
        raise ConfigError(source, reader.faults)
    return config


class _Reader:
    """Collects faults while it reads."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def fault(self, place: str, sentence: str) -> None:
        """Note what is wrong at a place."""
        self._fault(place, sentence)

    def _fault(self, place: str, sentence: str) -> None:
        self.faults.append(f"{place}: {sentence}")

    def config(self, document: Mapping[str, Any]) -> Config:
        self._unknown("", document, ("gateway", "connections"))
        gateway = self._table("gateway", document.get("gateway", {}))
        self._unknown("gateway", gateway, ("store", "public_url", "traces", "trace_share", *DURATIONS))
        timing = {name: self._duration(name, gateway) for name in DURATIONS if name in gateway}
        lease = timing.pop("lease", max(90.0, timing.get("write_deadline", 0) * 1.5))
        sweep = timing.pop("sweep", Config.sweep)
        if lease <= timing.get("write_deadline", 50.0):
            self._fault("gateway.lease", "it must be longer than write_deadline, so that no create outlives its claim.")
        tables = self._table("connections", document.get("connections", {}))
        if not document.get("connections"):
            self._fault("connections", "there is none; add a [connections.NAME] table.")
        connections = [
            self._connection(name, self._table(f"connections.{name}", t), timing) for name, t in tables.items()
        ]
        self._shared_maps([c for c in connections if c])
        self._shared_tokens([c for c in connections if c])
        return Config(
            store=self._store(self._text("gateway", gateway, "store", Config.store)),
            public_url=self._public_url(self._text("gateway", gateway, "public_url", "").rstrip("/")),
            lease=lease,
            sweep=sweep,
            traces=self._traces(self._text("gateway", gateway, "traces", Config.traces)),
            trace_share=self._share(gateway),
            connections={connection.name: connection for connection in connections if connection},
        )

    def _connection(self, name: str, table: Mapping[str, Any], timing: Mapping[str, float]) -> Connection | None:
        place, before = f"connections.{name}", len(self.faults)
        if not NAME.fullmatch(name) or name in RESERVED:
            self._fault(place, "a name has 2 to 41 of a-z, 0-9 and -, starts with no -, and is not reserved.")
        choices = {option: kind for option, kind in get_type_hints(Options).items() if option not in DURATIONS}
        self._unknown(place, table, (*CONNECTION_KEYS, *choices))
        options = {
            key: self._option(place, key, value, kind)
            for key, kind in choices.items()
            if (value := self._number(f"{place}.{key}", table.get(key))) is not None
        }
        token = self._token(place, table.get("token"))
        ways = WaysReader(name, self._fault, self._resolved).ways(table)
        map = self._text(place, table, "map", name)
        if map != name and not NAME.fullmatch(map):
            self._fault(f"{place}.map", "a map's name is made like a connection's.")
        found = self._adapter(place, self._resolved(f"{place}.adapter", table.get("adapter", "")))
        settings = self._settings(f"{place}.settings", found, table.get("settings", {})) if found else None
        attributes = self._attributes(f"{place}.attributes", table.get("attributes", {}))
        if found is None or settings is None:
            return None
        keep = ("externalId", *options.pop("keep", ()))
        chosen: dict[str, Any] = {**options, **timing}
        made = Options(keep=keep, **chosen)
        for key, sentence in misfits(found, settings, made, attributes):
            self._fault(f"{place}.{key}".rstrip("."), sentence)
        if len(self.faults) > before:
            return None
        return Connection(name, found, settings, token, map, made, attributes, ways)

    def _shared_maps(self, connections: list[Connection]) -> None:
        owners: dict[str, str] = {}
        for connection in connections:
            other = owners.setdefault(connection.map, connection.name)
            if other != connection.name:
                self._fault(
                    f"connections.{connection.name}.map", f"the map {connection.map} belongs to {other} already."
                )

    def _shared_tokens(self, connections: list[Connection]) -> None:
        owners: dict[str, str] = {}
        for connection in connections:
            secrets = connection.ways.oauth.secrets if connection.ways.oauth else ()
            for name, one in (("token", connection.token), *(("oauth.secrets", secret) for secret in secrets)):
                other = owners.setdefault(one.get_secret_value(), connection.name)
                if one.get_secret_value() and other != connection.name:
                    place = f"connections.{connection.name}.{name}"
                    self._fault(place, f"it is a token or secret of {other} too; each connection needs its own.")

    def _attributes(self, place: str, raw: Any) -> Mapping[str, Field]:
        """Rows of the mapping table that the operator adds or replaces: a path to { native = "name" }."""
        types = get_args(get_type_hints(Field)["type"])
        rows = {}
        for path, row in self._table(place, raw).items():
            known = isinstance(row, Mapping) and {"native"} <= row.keys() <= {"native", "type", "many"}
            if known and isinstance(row["native"], str) and row.get("type", "string") in types:
                rows[path] = Field(row["native"], type=row.get("type", "string"), many=row.get("many") is True)
            else:
                form = (
                    f'{{ native = "NAME" }}, with a URN of your own also type = one of {", ".join(types)}, many = true'
                )
                self._fault(f'{place}."{path}"', f"it must be written {form}.")
        return rows

    # -- single values ---------------------------------------------------------------------------------------------

    def _table(self, place: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._fault(place, "it must be a table.")
        return {}

    def _unknown(self, place: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in sorted(table.keys() - set(known)):
            self._fault(f"{place}.{name}".lstrip("."), unknown(name, known))

    def _text(self, place: str, table: Mapping[str, Any], name: str, default: str) -> str:
        value = self._resolved(f"{place}.{name}", table.get(name, default))
        if isinstance(value, str):
            return value
        if value is not None:
            self._fault(f"{place}.{name}", "it must be a string.")
        return default

    def _store(self, url: str) -> str:
        if not url.startswith(("memory:", "sqlite:", "tables:", "python:")):
            self._fault("gateway.store", 'it must start with "memory:", "sqlite:", "tables:" or "python:".')
        return url

    def _traces(self, traces: str) -> str:
        if fault := tracing.fault(traces):
            self._fault("gateway.traces", fault)
        return traces

    def _share(self, gateway: Mapping[str, Any]) -> float:
        value = self._number("gateway.trace_share", gateway.get("trace_share", Config.trace_share))
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return float(value)
        self._fault("gateway.trace_share", "it must be a number above 0, and 1 at most.")
        return 1.0

    def _public_url(self, url: str) -> str:
        if url and not PUBLIC_URL.fullmatch(url):
            self._fault("gateway.public_url", "it must look like https://HOST or https://HOST/PATH, without a query.")
        return url

    def _duration(self, name: str, table: Mapping[str, Any]) -> float:
        value = self._number(f"gateway.{name}", table[name])
        if value is None:
            return 1.0
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 600:
            return float(value)
        self._fault(f"gateway.{name}", "it must be a number of seconds between 0 and 600.")
        return 1.0

    def _option(self, place: str, name: str, value: Any, kind: Any) -> Any:
        allowed = get_args(kind) if get_origin(kind) is Literal else ()
        if allowed and value not in allowed:
            self._fault(f"{place}.{name}", f"it must be one of {', '.join(allowed)}.")
        elif name in ("keep", "match"):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self._fault(f"{place}.{name}", "it must be a list of attribute names.")
                return ()
            return tuple(value)
        elif kind is int and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            self._fault(f"{place}.{name}", "it must be a whole number above 0.")
        elif name == "bulk_max_payload_size" and value > MAX_BYTES:
            self._fault(f"{place}.{name}", f"it must be {MAX_BYTES} or less: no larger body is taken.")
        return value

    def _token(self, place: str, value: Any) -> SecretStr:
        if value is None:
            return SecretStr("")
        if not isinstance(value, Mapping):
            self._fault(f"{place}.token", 'a token comes from the environment: token = { env = "NAME" }.')
            return SecretStr("")
        token = self._resolved(f"{place}.token", value)
        if token is not None and (len(token) < TOKEN_LENGTH or not token.isascii() or token != token.strip()):
            self._fault(
                f"{place}.token", f"a token has at least {TOKEN_LENGTH} ASCII characters and no blanks around it."
            )
        return SecretStr(token or "")

    def _resolved(self, place: str, value: Any) -> Any:
        """A value, or what the environment says where it is `{ env = "NAME" }`; None and a fault when that is unset."""
        if not (isinstance(value, Mapping) and "env" in value):
            return value
        name = value["env"]
        if len(value) > 1 or not isinstance(name, str):
            self._fault(place, 'a value from the environment is written { env = "NAME" }.')
            return None
        if not self._environment.get(name):
            self._fault(place, f"the environment variable {name} is not set.")
            return None
        if self._environment[name].lower().startswith("@microsoft.keyvault("):
            self._fault(place, f"Azure could not resolve the Key Vault reference in {name}: check secret and role.")
            return None
        return self._environment[name]

    def _number(self, place: str, value: Any) -> Any:
        """A value as `_resolved` has it; where the environment says a number, that number."""
        found = self._resolved(place, value)
        if found is value or found is None:
            return found
        try:
            return int(found) if found.isdecimal() else float(found)
        except ValueError:
            return found

    def _adapter(self, place: str, name: Any) -> type[Adapter[Any]] | None:
        if name is None:
            return None
        if not isinstance(name, str) or not name:
            self._fault(f"{place}.adapter", "it must name an adapter.")
            return None
        try:
            return adapter_class(name)
        except AdapterUnknown as error:
            self._fault(f"{place}.adapter", str(error))
            return None

    def _settings(self, place: str, adapter: type[Adapter[Any]], raw: Any) -> BaseModel | None:
        model: type[BaseModel] = adapter.Settings
        table = self._table(place, raw)
        secrets = set(_secret_names(model))
        for name in sorted(secrets & table.keys()):
            if isinstance(table[name], str):
                self._fault(f"{place}.{name}", 'a secret is never written here; use { env = "NAME" }.')
        values = {name: self._resolved(f"{place}.{name}", value) for name, value in table.items()}
        broken = {name for name, value in values.items() if value is None}
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for one in error.errors(include_input=False, include_url=False):
                where = ".".join(str(part) for part in one["loc"])
                if where not in broken:
                    self._fault(f"{place}.{where}".rstrip("."), worded(one, model.model_fields))
        return None


def _secret_names(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if _speaks_of(SecretStr, info.annotation):
            yield name


def _speaks_of(wanted: type, annotation: Any) -> bool:
    """Whether a type is part of an annotation, within unions and `Annotated` at any depth."""
    return annotation is wanted or any(_speaks_of(wanted, part) for part in get_args(annotation))
