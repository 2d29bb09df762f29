"""What a gateway.toml asks of its deployment, read without importing the gateway."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SET_BY_THE_TEMPLATE = {"SCIMGATE_STORE", "SCIMGATE_PUBLIC_URL"}
"""Names that infra/modules/app.bicep sets beside the secrets."""


class Mistake(ValueError):
    """What an operator can put right; its text is for them."""


@dataclass(frozen=True)
class Configuration:
    """Names of connections, adapters and environment variables, and where the identity maps live."""

    connections: frozenset[str]
    adapters: frozenset[str]
    variables: frozenset[str]
    store: str
    requirements: tuple[str, ...] = ("requirements.txt",)
    """The files that say which packages it needs."""

    @property
    def secrets(self) -> frozenset[str]:
        """Environment variables that come from Key Vault."""
        return self.variables - SET_BY_THE_TEMPLATE


def read(path: Path) -> Configuration:
    """Read a gateway.toml; `Mistake` says why it cannot be used in Azure."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Mistake(f"There is no {path}; copy infra/gateway.example.toml and change it.") from None
    except OSError as error:
        raise Mistake(f"{path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"{path} is not valid TOML: {error}.") from None
    connections = _table(document.get("connections"))
    if not connections:
        raise Mistake(f"{path} has no [connections.NAME].")
    store = _table(document.get("gateway")).get("store", "")
    return Configuration(
        frozenset(connections),
        frozenset(str(_table(one).get("adapter")) for one in connections.values()),
        frozenset(_variables(document)),
        f"env:{store['env']}" if isinstance(store, Mapping) and "env" in store else str(store),
        tuple(_requirements(document)),
    )


def refuse_a_lost_map(configuration: Configuration) -> None:
    """`Mistake` where the identity maps would be on an instance's disk, which Azure throws away."""
    if not configuration.store.startswith(("env:", "tables:", "python:")):
        raise Mistake(
            "A Function's disk is thrown away, and the identity maps with it: "
            'write store = { env = "SCIMGATE_STORE" } in [gateway].'
        )


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _requirements(document: Mapping[str, Any]) -> Iterator[str]:
    yield "requirements.txt"
    if any({"federation", "entra"} & _table(one).keys() for one in _table(document["connections"]).values()):
        yield "requirements-entra.txt"
    if _table(document.get("gateway")).get("traces", "none") != "none":
        yield "requirements-telemetry.txt"


def _variables(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.keys() == {"env"}:
            yield str(value["env"])
        else:
            for one in value.values():
                yield from _variables(one)
    elif isinstance(value, list):
        for one in value:
            yield from _variables(one)
