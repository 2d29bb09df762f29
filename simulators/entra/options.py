"""What a job is told: the portal's settings and a few of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulators.entra.mapping import AttributeMapping
from simulators.entra.patch import Dialect
from simulators.entra.people import SAMPLE, Person
from simulators.entra.tenant import Tenant


@dataclass(frozen=True)
class Options:
    """Raises ValueError with a sentence. Without `state` every run is an initial cycle that remembers nothing."""

    tenant_url: str
    token: str = field(repr=False)
    people: Path | Sequence[Person] = SAMPLE
    state: Path | None = None
    mapping: AttributeMapping = field(default_factory=AttributeMapping)
    flag: bool = False
    dialect: Dialect | None = None
    on_demand: str | None = None
    full: bool = False
    restart: bool = False
    hard_delete: bool = False
    clear_empty: bool = False
    map_manager: bool = False
    test_connection_only: bool = False
    patience: float = 60.0
    timeout: float = 60.0
    workers: int = 1
    rate: float = 0.0
    """Requests a second at most; 0 is no limit, since Entra has none for non-gallery jobs."""

    def __post_init__(self) -> None:
        if not self.token or not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError("The token must be one word of plain characters, pasted without Bearer.")
        if not (self.timeout > 0 and self.patience >= 0 and self.workers >= 1 and self.rate >= 0):
            raise ValueError("Time-out and workers must be positive, patience and rate not negative.")
        _ = self.tenant

    @property
    def tenant(self) -> Tenant:
        tenant = Tenant.parse(self.tenant_url)
        return tenant.flagged() if self.flag else tenant

    @property
    def spoken(self) -> Dialect:
        """On-demand provisioning does not know the flag (Learn, "SCIM 2.0 protocol compliance")."""
        return self.dialect or ("default" if self.on_demand else self.tenant.dialect)
