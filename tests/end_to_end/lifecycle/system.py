"""What the suite must know of a system: a row of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Switches = Mapping[str, Any]
CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Held:
    """What stands in a backend: accounts by login, and the logins in each group."""

    users: Mapping[str, Json]
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """A system in one of its forms: switches of the simulator, and settings of the connection that cope with them.

    `differs` is what this form does otherwise:

        loses      attributes that are not held
        groups     whether there are any
        renames    the status that a rename is refused with
        delete     the policy that the connection has to have: the backend deletes nobody
        dissolves  the status that the deletion of a group is refused with
        remains    true: who is deleted remains there for a while, disabled
        disables   "gone": who is disabled is deleted
    """

    switches: Switches = field(default_factory=dict)
    settings: Switches = field(default_factory=dict)
    differs: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    """The setting that is secret in this form, if it is another one."""
    asks_again: bool = False
    """The gateway has to forget what it found out about the backend."""

    def __str__(self) -> str:
        named = {**self.switches, **{name: value for name, value in self.settings.items() if name != "profile"}}
        return ",".join(f"{name}={value}" for name, value in named.items()) or "untouched"


@dataclass(frozen=True)
class System:
    """A backend and its simulator.

    `settings` are those of a connection; `{url}` in a text is the simulator's address, `{folder}` the run's. `secret`
    names the one that is secret, and `arguments` give it to the simulator.
    """

    name: str
    settings: Switches
    held: Callable[[Any], Held]
    """What `/_control/state` tells; for a system without a simulator, what its file does."""
    enabled: str
    """Of an account: the key of its state."""
    cells: Iterable[Cell]
    connection: Switches = field(default_factory=dict)
    """What its page has an administrator say of the connection itself."""
    person: Json = field(default_factory=dict)
    """What everybody has beside a login, names, an address and an `externalId`."""
    changed: tuple[str, Any, Callable[[Json], Any]] = ("name.familyName", "Doe", lambda account: account)
    """An attribute, another value, and where the account has it."""
    differs: Mapping[str, Any] = field(default_factory=dict)
    """What it does otherwise in all of its forms, as `Cell` has it."""
    renamed: tuple[str, ...] = ("userName",)
    """What a rename sends: attributes that are one with the login."""
    secret: str = ""
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Further words of the simulator's command line."""
    calls: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Of each step, as the system's page tells them. Every form writes as often."""
    reads: tuple[str, ...] = ("GET ",)
    """How the names of operations that write nothing begin."""
    refusals: Iterable[tuple[Switches, bool]] = ()
    """Switches under which the gateway's own account is refused; whether with a wrong secret only."""
    apart: frozenset[str] = frozenset()
    """Switches that tests of their own have."""
    penalty: float = 0
    """Seconds for which the gateway sends nothing after a 429, but answers 429 itself."""
    stale: bool = False
    """Whether an old answer shows what stood when the request began; older ones would be another truth."""

    def __str__(self) -> str:
        return self.name


def choices(
    switches: Any, extra: Mapping[str, Iterable[Any]] | None = None, apart: Iterable[str] = ()
) -> list[Switches]:
    """One set of switches for every value of every switch that is not its default: those of `choices` and flags by
    themselves, what is in `extra` as it says."""
    found: list[Switches] = []
    for name, default in switches().document().items():
        if name in COMMON or name in apart:
            continue
        known = switches.choices.get(name) or ([not default] if isinstance(default, bool) else None)
        values = (extra or {}).get(name, known)
        assert values is not None, f"no value for the switch {name}"
        found += [{name: value} for value in values if value != default]
    return found


COMMON = frozenset(
    {"latency_ms", "rate_limit", "rate_limit_retry_after", "timeout_after_write", "timeout_after_write_seconds"}
)
"""Switches of every simulator, which troubles are made of."""
