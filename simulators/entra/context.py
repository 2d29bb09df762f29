"""What the passes of one cycle share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from simulators.entra.client import Client
from simulators.entra.database import Database
from simulators.entra.group_target import GroupTarget
from simulators.entra.mapping import AttributeMapping
from simulators.entra.options import Options
from simulators.entra.pool import Call, each
from simulators.entra.quarantine import Health, Removals
from simulators.entra.report import Report
from simulators.entra.roster import Roster
from simulators.entra.state import State
from simulators.entra.target import Target
from simulators.entra.visiting import Visiting

Progress = Callable[[int, int], None]


@dataclass
class Context:
    """One cycle: its options, its memory, its line to the target and its report."""

    options: Options
    database: Database
    client: Client
    report: Report
    progress: Progress | None = None
    state: State = field(init=False)
    roster: Roster = field(init=False)
    group_state: State = field(init=False)
    group_roster: Roster = field(init=False)
    health: Health = field(init=False)
    removals: Removals = field(init=False)
    now: datetime = field(init=False)
    done: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        self.state = State(self.database)
        self.roster = Roster(self.database)
        self.group_state = State(self.database, "group")
        self.group_roster = Roster(self.database, "group")
        self.now = self.options.now or datetime.now(UTC)
        self.health = Health(self.database, self.now)
        self.removals = Removals(self._threshold())

    def _threshold(self) -> int | None:
        """A job that is in quarantine for its deletions makes none until they are allowed."""
        status = self.health.status
        if self.options.allow_deletions or self.options.on_demand:
            return None
        return 0 if status and status.deletions else self.options.deletion_threshold

    @property
    def mapping(self) -> AttributeMapping:
        mapping = self.options.mapping
        return mapping.without_roles() if self.options.on_demand else mapping

    @property
    def full(self) -> bool:
        return self.options.full or bool(self.options.on_demand)

    def target(self, name: str) -> Target:
        """The target for the visit to one person, with a budget of patience of its own."""
        warn = partial(self.report.warn, name)
        return Target(self.client, self.mapping, self.options.spoken, self.options.patience, warn)

    def group_target(self, name: str) -> GroupTarget:
        options, warn = self.options, partial(self.report.warn, name)
        return GroupTarget(self.client, options.spoken, options.patience, warn, adscim=options.adscim_groups)

    def visiting(self, state: State, roster: Roster) -> Visiting:
        """Who is asked for expressly does not wait in escrow."""
        patient = self.options.now is not None and not self.full
        return Visiting(state, roster, self.report, self.now, patient=patient)

    def each(self, visits: Iterable[Call]) -> None:
        each(self.options.workers, visits, self._advance)

    def _advance(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, max(self.done, self.total))
