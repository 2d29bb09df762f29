"""One provisioning cycle: Test Connection, people who left, people who are there, groups, managers and members."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx

from simulators.entra.client import Client, Failed, Quarantine
from simulators.entra.context import Context, Progress
from simulators.entra.database import Database
from simulators.entra.group_visit import GroupObjects
from simulators.entra.groups import Group, GroupsError
from simulators.entra.managers import Managers
from simulators.entra.members import Members
from simulators.entra.options import Options
from simulators.entra.people import Listed, People, Person, twins
from simulators.entra.report import TEST, Report
from simulators.entra.roster import Twins
from simulators.entra.state import open_state
from simulators.entra.users import Users

ON_DEMAND = 5
"""Members of a group that are provisioned with it on demand, at most."""


def run(options: Options, progress: Progress | None = None, transport: httpx.BaseTransport | None = None) -> Report:
    """Run one cycle. Raises ValueError with a sentence for people or a state that cannot be used."""
    people = options.source
    options.mapping.check_sources(people.columns)
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
        self._groups = options.group_source
        if options.record:
            client.recorder = report.record

    def run(self) -> Report:
        began = time.monotonic()
        report, client = self._context.report, self._context.client
        self._gather()
        report.quarantine = self._stopped()
        report.health = self._context.health.status
        report.requests.update(client.sent)
        report.seconds = time.monotonic() - began
        return report

    def _stopped(self) -> str | None:
        """Why the cycle ended in quarantine, if it did."""
        report, health = self._context.report, self._context.health
        alone = self._options.test_connection_only or bool(self._options.on_demand)
        try:
            if self._options.now and not alone and not self._options.allow_deletions:
                health.refuse()
        except Quarantine as stop:
            return report.clean(str(stop))
        why = self._run_through()
        if not alone:
            health.close(why, deletions=why == self._context.removals.why)
        return why

    def _run_through(self) -> str | None:
        report = self._context.report
        try:
            self._test_connection()
            if not self._options.test_connection_only:
                self._passes()
        except Quarantine as stop:
            return report.clean(str(stop))
        return report.beyond_limits or self._context.removals.why or None

    def _kind(self, options: Options) -> str:
        if options.test_connection_only:
            return TEST
        if options.on_demand:
            return "on-demand"
        if not len(self._context.state):
            return "initial"
        return "full" if options.full else "incremental"

    def _gather(self) -> None:
        """Read everybody once; on demand only one person, or one group, stays. Raises PeopleError, GroupsError."""
        person, group = self._gather_people(), self._gather_groups()
        if not self._options.on_demand:
            return
        if not person and not group:
            raise ValueError(f"The source has no {self._options.on_demand}.")
        self._people = Listed([person] if person else [])
        self._groups = [replace(group, members=group.members[:ON_DEMAND])] if group and not person else None

    def _gather_people(self) -> Person | None:
        """The person wanted on demand."""
        chosen = None
        for person in self._people:
            try:
                self._context.roster.add(person.object_id, person.user_principal_name)
            except Twins as twin:
                raise twins(str(twin), person) from None
            if self._wanted(person.user_principal_name):
                chosen = person
        return chosen

    def _gather_groups(self) -> Group | None:
        chosen = None
        for group in self._groups or ():
            try:
                self._context.group_roster.add(group.object_id, group.display_name)
            except Twins as twin:
                value = group.object_id if str(twin) == "objectId" else group.display_name
                raise GroupsError(f"The groups file has the {twin} {value} twice.") from None
            if self._wanted(group.display_name):
                chosen = group
        return chosen

    def _wanted(self, name: str) -> bool:
        return (self._options.on_demand or "").casefold() == name.casefold()

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

    def _passes(self) -> None:
        context, alone = self._context, bool(self._options.on_demand)
        context.total = 1 if alone else context.roster.size + context.group_roster.size
        Users(self._context, self._people).run()
        members = Members(self._context, self._groups) if self._groups is not None else None
        if members and self._groups is not None:
            GroupObjects(self._context, self._groups, members.due).run()
        if self._options.map_manager:
            Managers(self._context, self._people).run()
        if members:
            members.run()
