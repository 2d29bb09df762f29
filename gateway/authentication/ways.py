"""What lets a client into one connection beside issued tokens and a static one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.authentication.clients import Federation, OAuth, Trust
    from gateway.values import Values

TABLES = ("oauth", "federation", "entra")


@dataclass(frozen=True)
class Ways:
    """The ways that a connection has. `entra`: whose tokens are taken as they are."""

    oauth: OAuth | None = None
    federation: Federation | None = None
    entra: Trust | None = None


def read_ways(values: Values, connection: str, table: Mapping[str, Any]) -> Ways:
    """The ways that a connection's table describes, with faults of `values`; most have none and pay for none."""
    if not any(name in table for name in TABLES):
        return Ways()
    from gateway.authentication.settings import WaysReader

    return WaysReader(values, connection).ways(table)
