"""One provisioning cycle: Test Connection, people who left, people who are there, then the managers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from simulators.entra.client import Client, Failed, Quarantine
from simulators.entra.managers import Managers
from simulators.entra.mapping import AttributeMapping
from simulators.entra.patch import Dialect
from simulators.entra.people import SAMPLE, Person, read_people
from simulators.entra.report import Outcome, Report
from simulators.entra.state import Link, State
from simulators.entra.target import Target
from simulators.entra.tenant import Tenant
from simulators.entra.visit import Rules, Visit

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Options:
    """The job. Without `state` nothing is remembered after the run, so that every run is an initial cycle."""

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


def run(
    options: Options, progress: Progress = lambda done, total: None, transport: httpx.BaseTransport | None = None
) -> Report:
    """Run one cycle. Raises ValueError with a sentence for options, people or a state that cannot be used."""
    people = read_people(options.people) if isinstance(options.people, Path) else list(options.people)
    if people and (unknown := options.mapping.unknown_source(people[0].row)):
        raise ValueError(f"The mapping names the source attribute {unknown}, which the people file does not have.")
    state = State(options.state, fresh=options.restart)
    tenant = options.tenant
    with Client(
        tenant, options.token, timeout=options.timeout, rate=options.rate, transport=transport
    ) as client:
        return Cycle(options, people, state, client, progress).run()


class Cycle:
    """Holds what the passes share."""

    def __init__(
        self, options: Options, people: list[Person], state: State, client: Client, progress: Progress
    ) -> None:
        self._options = options
        self._people = _chosen(people, options.on_demand)
        self._everybody = people
        self._state = state
        self._client = client
        self._progress = progress
        self._full = options.full or bool(options.on_demand)
        self._rules = Rules(options.mapping, self._full, options.hard_delete, options.clear_empty)
        kind = "on-demand" if options.on_demand else "initial" if not len(state) else "full" if self._full else "incremental"
        self._report = Report(client.tenant.base, kind, options.spoken, options.token)
        self._done, self._total = 0, 0

    def run(self) -> Report:
        began = time.monotonic()
        try:
            self._test_connection()
            if not self._options.test_connection_only:
                self._passes()
        except Quarantine as stop:
            self._report.quarantine = self._report.clean(str(stop))
        self._report.requests = self._client.sent
        self._report.seconds = time.monotonic() - began
        return self._report.in_order_of(person.user_principal_name for person in self._everybody)

    def _test_connection(self) -> None:
        if not self._client.tenant.is_loopback and self._client.tenant.base.startswith("http:"):
            self._report.warn("Test Connection", "Entra calls https only")
        try:
            self._target("Test Connection").test_connection()
        except Failed as why:
            raise Quarantine(f"Test Connection failed: {why}") from None

    def _passes(self) -> None:
        """Leavers come first, so that somebody new may take over the account of somebody who left."""
        present = {person.object_id for person in self._everybody}
        gone = [] if self._options.on_demand else [each for each in self._state.links() if each not in present]
        managed = Managers(self._everybody, self._state, full=self._full, clear_empty=self._options.clear_empty)
        leaving = [person for person in self._people if person.why_skipped]
        staying = [person for person in self._people if not person.why_skipped]
        self._total = len(gone) + len(self._people)
        self._each(gone, self._removed_row)
        self._each(leaving, self._person)
        self._each(staying, self._person)
        if self._options.map_manager:
            due = [person for person in staying if managed.due(person)]
            self._total += len(due)
            self._each(due, lambda person: self._manager(managed, person))

    def _each[T](self, things: Iterable[T], visit: Callable[[T], None]) -> None:
        pass
