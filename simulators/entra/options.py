"""What a job is told: the portal's settings and a few of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path

from simulators.entra.generated import Generated
from simulators.entra.generated_groups import GeneratedGroups
from simulators.entra.groups import Group, GroupFile, Groups
from simulators.entra.mapping import AttributeMapping
from simulators.entra.patch import Dialect
from simulators.entra.people import SAMPLE, Listed, People, PeopleFile, Person
from simulators.entra.quarantine import Limits
from simulators.entra.tenant import Tenant

DAY = 86_400.0
MANY = 200
"""Workers at most: each is a thread with a connection."""


@dataclass(frozen=True)
class Options:
    """Raises ValueError with a sentence. Without `state` every run is an initial cycle that remembers nothing."""

    tenant_url: str
    token: str = field(repr=False)
    people: Path | Sequence[Person] = SAMPLE
    users: int = 0
    """That many invented people instead of `people`; the same for the same seed."""
    seed: int = 0
    edit_seeds: tuple[int, ...] = ()
    """Rounds of random edits of the invented people, applied one after the other."""
    edit_share: float = 0.1
    groups: Path | Sequence[Group] | int | None = None
    """Groups to provision; a number is that many invented ones."""
    members_per_patch: int = 100
    """Memberships gathered in one PATCH; how many Entra gathers is not documented."""
    adscim_groups: bool = False
    """Create groups with the second schema of Learn's sample."""
    state: Path | None = None
    mapping: AttributeMapping = field(default_factory=AttributeMapping)
    flag: bool = False
    dialect: Dialect | None = None
    on_demand: str | None = None
    full: bool = False
    restart: bool = False
    hard_delete: bool = False
    skip_out_of_scope_deletions: bool = False
    deletion_threshold: int | None = None
    """Disables and deletes above this number in one cycle wait for `allow_deletions`."""
    allow_deletions: bool = False
    limits: Limits = field(default_factory=Limits)
    now: datetime | None = None
    """A simulated clock: with it escrow and quarantine keep their distances; without it every cycle tries again."""
    clear_empty: bool = False
    map_manager: bool = False
    test_connection_only: bool = False
    patience: float = 60.0
    timeout: float = 60.0
    workers: int = 1
    rate: float = 0.0
    """Requests a second at most; 0 is no limit, since Entra has none for non-gallery jobs."""
    record: bool = False
    """Keep every request with its answer for the JSON report."""

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("The Secret Token is missing: --token T, or the environment variable SCIM_TOKEN.")
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError("The token must be one word of plain characters, pasted without Bearer.")
        if not (0 < self.timeout <= DAY and 0 <= self.patience <= DAY):
            raise ValueError("Time-out and patience are seconds of a day at most; a time-out of none is no time.")
        if not (1 <= self.workers <= MANY and 0 <= self.rate < inf):
            raise ValueError(f"There are from 1 to {MANY} workers, and a rate is not negative.")
        if (self.seed or self.edit_seeds) and not self.users:
            raise ValueError("A seed makes sense only with invented people.")
        if self.now and not self.now.tzinfo:
            raise ValueError("The simulated clock needs a time zone.")
        if self.deletion_threshold is not None and self.deletion_threshold < 0:
            raise ValueError("The threshold of deletions must not be negative.")
        if self.members_per_patch < 1:
            raise ValueError("There must be at least one member in a PATCH.")
        _ = self.tenant, self.source, self.group_source

    @property
    def source(self) -> People:
        """The people as something to read again and again."""
        if self.users:
            return Generated(self.users, self.seed, self.edit_seeds, self.edit_share)
        return PeopleFile(self.people) if isinstance(self.people, Path) else Listed(self.people)

    @property
    def group_source(self) -> Groups | None:
        if isinstance(self.groups, int):
            if not self.users:
                raise ValueError("Invented groups need invented people: give a number of users too.")
            return GeneratedGroups(self.groups, Generated(self.users, self.seed, self.edit_seeds, self.edit_share))
        return GroupFile(self.groups) if isinstance(self.groups, Path) else self.groups

    @property
    def tenant(self) -> Tenant:
        tenant = Tenant.parse(self.tenant_url)
        return tenant.flagged() if self.flag else tenant

    @property
    def spoken(self) -> Dialect:
        """On-demand provisioning does not know the flag (Learn, "SCIM 2.0 protocol compliance")."""
        return self.dialect or ("default" if self.on_demand else self.tenant.dialect)
