"""What lets a client into one connection beside issued tokens and a static one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.authentication.clients import Federation, OAuth, Trust

TABLES = ("oauth", "federation", "entra")
Fault = Callable[[str, str], None]
Resolve = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Ways:
    """The ways that a connection has. `entra`: whose tokens are taken as they are."""

    oauth: OAuth | None = None
    federation: Federation | None = None
    entra: Trust | None = None


def read_ways(connection: str, table: Mapping[str, Any], fault: Fault, resolve: Resolve) -> Ways:
    """The ways that a connection's table describes; most have none and pay for none at the start.

    `fault` takes a place and a sentence, `resolve` looks up `{ env = … }`.
    """
    if not any(name in table for name in TABLES):
        return Ways()
    from gateway.authentication.settings import WaysReader

    return WaysReader(connection, fault, resolve).ways(table)
