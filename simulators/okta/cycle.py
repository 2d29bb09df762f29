"""One run: Test API Credentials, an import if wanted, people who left, people who are assigned, then the groups."""

from __future__ import annotations

import time
from collections.abc import Callable

from simulators.okta.answers import listed
from simulators.okta.client import Client, Failed
from simulators.okta.journal import Journal
from simulators.okta.masking import Mask
from simulators.okta.options import Options
from simulators.okta.report import Report
from simulators.okta.state import State
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
        self._users = Users(client, state, report, by_patch=options.status_by_patch, password=options.password)

    def go(self) -> None:
        try:
            self._test()
        except Failed as why:
            self._report.stopped = self._report.mask.line(f"Test API Credentials failed: {why}")
            return
        if self._options.only != "test":
            self._provision()

    def _test(self) -> None:
        listed(self._client.send("GET", self._options.target.page("Users", 1, PROBE)))

    def _provision(self) -> None:
        self._state.begin(self._options.source.people())
        self._state.forget_unlinked()
        for link in self._state.leavers():
            self._users.removed(link)
        for number, person in enumerate(self._options.source.people(), 1):
            if person.active:
                self._users.assigned(person)
            if self._progress:
                self._progress(number)
