"""One provisioning cycle: Test Connection, people who left, people who are there, groups, managers and members."""

from __future__ import annotations

import time

import httpx

from simulators.entra.client import Client, Failed, Quarantine
from simulators.entra.context import Context, Progress
from simulators.entra.database import Database
from simulators.entra.group_visit import GroupObjects
from simulators.entra.groups import Groups, GroupsError
from simulators.entra.managers import Managers
from simulators.entra.members import Members
from simulators.entra.options import Options
from simulators.entra.people import Listed, People, twins
from simulators.entra.report import Report
from simulators.entra.roster import Twins
from simulators.entra.state import open_state
from simulators.entra.users import Users


def run(options: Options, progress: Progress | None = None, transport: httpx.BaseTransport | None = None) -> Report:
    """Run one cycle. Raises ValueError with a sentence for people or a state that cannot be used."""
    people = options.source
    if unknown := options.mapping.unknown_source(people.columns):
        raise ValueError(f"The mapping names the source attribute {unknown}, which the people file does not have.")
    client = Client(options.tenant, options.token, timeout=options.timeout, rate=options.rate, transport=transport)
    database = open_state(options.state, fresh=options.restart)
    try:
        with client:
            return Cycle(options, people, database, client, progress).run()
    finally:
        database.close()


class Cycle:
    """The order of the passes."""

    def __init__(
        self, options: Options, people: People, database: Database, client: Client, progress: Progress | None
    ) -> None:
        report = Report(client.tenant.base, "", options.spoken, options.token, options.limits)
        self._context = Context(options, database, client, report, progress)
        self._context.report.cycle = self._kind(options)
        self._options = options
        self._people = people
        self._groups: Groups | None = None if options.on_demand else options.group_source
        if options.record:
            client.recorder = report.record

    def run(self) -> Report:
        began = time.monotonic()
        report, client = self._context.report, self._context.client
        chosen = self._gather()
        self._gather_groups()
        report.quarantine = self._stopped(chosen)
        report.requests.update(client.sent)
        report.seconds = time.monotonic() - began
        return report

    def _stopped(self, people: People) -> str | None:
        """Why the cycle ended in quarantine, if it did."""
        report, health = self._context.report, self._context.health
        alone = self._options.test_connection_only or bool(self._options.on_demand)
        try:
            if self._options.now and not alone and not self._options.allow_deletions:
                health.refuse()
        except Quarantine as stop:
            return report.clean(str(stop))
        why = self._run_through(people)
        if not alone:
            health.close(why, deletions=why == self._context.removals.why)
        return why

    def _run_through(self, people: People) -> str | None:
        report = self._context.report
        try:
            self._test_connection()
            if not self._options.test_connection_only:
                self._passes(people)
        except Quarantine as stop:
            return report.clean(str(stop))
        return report.beyond_limits or self._context.removals.why or None

    def _kind(self, options: Options) -> str:
        if options.on_demand:
            return "on-demand"
        if not len(self._context.state):
            return "initial"
        return "full" if options.full else "incremental"

    def _gather(self) -> People:
        """Read everybody once; returns those whom this run is about. Raises PeopleError."""
        chosen = None
        for person in self._people:
            try:
                self._context.roster.add(person.object_id, person.user_principal_name)
            except Twins as twin:
                raise twins(str(twin), person) from None
            if (self._options.on_demand or "").casefold() == person.user_principal_name.casefold():
                chosen = person
        if not self._options.on_demand:
            return self._people
        if not chosen:
            raise ValueError(f"The people file has no {self._options.on_demand}.")
        return Listed([chosen])

    def _gather_groups(self) -> None:
        """Raises GroupsError."""
        for group in self._groups or ():
            try:
                self._context.group_roster.add(group.object_id, group.display_name)
            except Twins as twin:
                value = group.object_id if str(twin) == "objectId" else group.display_name
                raise GroupsError(f"The groups file has the {twin} {value} twice.") from None

    def _test_connection(self) -> None:
        tenant, report = self._context.client.tenant, self._context.report
        if not tenant.is_loopback and tenant.base.startswith("http:"):
            report.warn("Test Connection", "Entra calls https only")
        try:
            self._context.target("Test Connection").test_connection()
            if self._groups is not None:
                self._context.group_target("Test Connection").test_connection()
        except Failed as why:
            raise Quarantine(f"Test Connection failed: {why}") from None

    def _passes(self, people: People) -> None:
        self._context.total = 1 if self._options.on_demand else self._context.roster.size
        Users(self._context, people).run()
        members = Members(self._context, self._groups) if self._groups is not None else None
        if members and self._groups is not None:
            self._context.total += self._context.group_roster.size
            GroupObjects(self._context, self._groups, members.due).run()
        if self._options.map_manager:
            Managers(self._context, people).run()
        if members:
            members.run()
