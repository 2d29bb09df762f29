"""One run: Test API Credentials, an import if wanted, people who left, people who are assigned, then the groups."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from simulators.okta.answers import listed
from simulators.okta.client import Client, Failed
from simulators.okta.groups import Groups
from simulators.okta.importing import Importer
from simulators.okta.journal import Journal
from simulators.okta.masking import Mask
from simulators.okta.options import Options
from simulators.okta.report import Report
from simulators.okta.state import State, StateError
from simulators.okta.users import Users

PROBE = 2
"""How many users Test API Credentials asks for."""

Progress = Callable[[int], None]


def run(options: Options, progress: Progress | None = None, pause: Callable[[float], None] = time.sleep) -> Report:
    """Raises ValueError with a sentence for a state or a report file that cannot be used."""
    mask = Mask(options.token)
    report = Report(options.target.base, options.app, mask)
    with (
        State(options.state, options.target.base) as state,
        Journal(options.json, mask) as journal,
        Client(options, journal, pause) as client,
    ):
        began = time.monotonic()
        try:
            Run(options, state, client, report, progress).go()
        except sqlite3.Error as error:
            raise StateError(f"The state file {options.state} cannot be written: {error}.") from None
        finally:
            report.requests.update(client.sent)
            report.waited = client.waited
            report.seconds = time.monotonic() - began
            journal.close(report.as_json())
    return report


class Run:
    """What the passes share."""

    def __init__(
        self, options: Options, state: State, client: Client, report: Report, progress: Progress | None
    ) -> None:
        self._options, self._state, self._client, self._report = options, state, client, report
        self._progress = progress
        self._users = Users(options, client, state, report)

    def go(self) -> None:
        for name, step in (("Test API Credentials", self._test), ("The import", self._import)):
            try:
                step()
            except Failed as why:
                self._report.stopped = self._report.mask.line(f"{name} failed: {why}")
                return
        if self._options.only is None:
            self._provision()
            self._push_groups()

    def _test(self) -> None:
        listed(self._client.send("GET", self._options.target.page("Users", 1, PROBE)))

    def _import(self) -> None:
        if self._options.only == "test":
            return
        self._state.begin(self._options.source.people())
        importer = Importer(self._client, self._state, self._report)
        if self._options.import_users:
            importer.users()
        if self._options.import_groups:
            importer.groups()

    def _provision(self) -> None:
        """Leavers come first, so that somebody new may take over the login of somebody who left."""
        for link in self._state.links.leavers():
            self._users.removed(link)
        for number, person in enumerate(self._options.source.people(), 1):
            if person.active:
                self._users.assigned(person)
            if self._progress:
                self._progress(number)

    def _push_groups(self) -> None:
        wanted = list(self._options.source.groups())
        groups = Groups(self._options, self._client, self._state, self._report)
        for gone in self._state.pushes.gone(wanted):
            groups.unlink(gone)
        for group in wanted:
            groups.push(group)
