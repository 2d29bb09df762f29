"""One provisioning cycle: Test Connection, people who left, people who are there, then the managers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from simulators.entra.client import Client, Failed, Quarantine
from simulators.entra.managers import Managers
from simulators.entra.options import Options
from simulators.entra.people import Person, read_people
from simulators.entra.report import Outcome, Report
from simulators.entra.state import Link, State
from simulators.entra.target import Target
from simulators.entra.visit import Result, Rules, Visit

Progress = Callable[[int, int], None]


def run(options: Options, progress: Progress | None = None, transport: httpx.BaseTransport | None = None) -> Report:
    """Run one cycle. Raises ValueError with a sentence for people or a state that cannot be used."""
    people = read_people(options.people) if isinstance(options.people, Path) else list(options.people)
    if people and (unknown := options.mapping.unknown_source(people[0].row)):
        raise ValueError(f"The mapping names the source attribute {unknown}, which the people file does not have.")
    state = State(options.state, fresh=options.restart)
    client = Client(options.tenant, options.token, timeout=options.timeout, rate=options.rate, transport=transport)
    with client:
        return Cycle(options, people, state, client, progress).run()


class Cycle:
    """Holds what the passes share: the state, the client and the report."""

    def __init__(
        self, options: Options, people: list[Person], state: State, client: Client, progress: Progress | None = None
    ) -> None:
        self._options = options
        self._everybody = people
        self._people = _chosen(people, options.on_demand)
        self._state = state
        self._client = client
        self._progress = progress
        self._full = options.full or bool(options.on_demand)
        self._rules = Rules(options.mapping, self._full, options.clear_empty)
        self._report = Report(client.tenant.base, self._kind(), options.spoken, options.token)
        self._done, self._total = 0, 0

    def run(self) -> Report:
        began = time.monotonic()
        try:
            self._test_connection()
            if not self._options.test_connection_only:
                self._passes()
        except Quarantine as stop:
            self._report.quarantine = self._report.clean(str(stop))
        self._report.requests.update(self._client.sent)
        self._report.seconds = time.monotonic() - began
        self._report.sort(person.user_principal_name for person in self._everybody)
        return self._report

    def _kind(self) -> str:
        if self._options.on_demand:
            return "on-demand"
        if not len(self._state):
            return "initial"
        return "full" if self._full else "incremental"

    def _test_connection(self) -> None:
        if not self._client.tenant.is_loopback and self._client.tenant.base.startswith("http:"):
            self._report.warn("Test Connection", "Entra calls https only")
        try:
            self._target("Test Connection").test_connection()
        except Failed as why:
            raise Quarantine(f"Test Connection failed: {why}") from None

    def _passes(self) -> None:
        """Leavers come first, so that somebody new may take over the account of somebody who left."""
        gone = [] if self._options.on_demand else self._removed_rows()
        leaving = [person for person in self._people if person.why_skipped]
        staying = [person for person in self._people if not person.why_skipped]
        self._total = len(gone) + len(self._people)
        self._each([partial(self._gone, object_id) for object_id in gone])
        self._each([partial(self._person, person) for person in leaving])
        self._each([partial(self._person, person) for person in staying])
        if self._options.map_manager:
            self._manager_pass(staying)

    def _removed_rows(self) -> list[str]:
        """People of the state whose row is gone and who are still in scope; unlinked ones are forgotten."""
        present = {person.object_id for person in self._everybody}
        gone = {object_id: link for object_id, link in self._state.links().items() if object_id not in present}
        for object_id in [object_id for object_id, link in gone.items() if not link.id]:
            self._state.drop(object_id)
        return [object_id for object_id, link in gone.items() if link.id and link.scope == "in"]

    def _manager_pass(self, people: list[Person]) -> None:
        managers = Managers(self._everybody, self._state, full=self._full, clear_empty=self._options.clear_empty)
        due = [person for person in people if managers.due(person)]
        self._total += len(due)
        self._each([partial(self._manager, managers, person) for person in due])

    def _each(self, visits: list[Callable[[], None]]) -> None:
        if self._options.workers == 1:
            for visit in visits:
                visit()
                self._advance()
            return
        pool = ThreadPoolExecutor(self._options.workers)
        try:
            for finished in as_completed([pool.submit(visit) for visit in visits]):
                finished.result()
                self._advance()
        finally:
            pool.shutdown(cancel_futures=True)

    def _advance(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)

    def _target(self, name: str) -> Target:
        warn = partial(self._report.warn, name)
        return Target(self._client, self._options.mapping, self._options.spoken, self._options.patience, warn)

    def _gone(self, object_id: str) -> None:
        link = self._state.get(object_id) or Link()
        why, delete = "removed from the source", self._options.hard_delete
        self._visit(object_id, link.user_name, lambda visit: visit.out_of_scope(why, delete=delete))

    def _person(self, person: Person) -> None:
        self._visit(person.object_id, person.user_principal_name, lambda visit: visit.present(person))

    def _visit(self, object_id: str, name: str, call: Callable[[Visit], Result]) -> None:
        before = self._state.get(object_id)
        link = before or Link()
        visit = Visit(self._rules, self._target(name), link, name, partial(self._owned, object_id))
        try:
            outcome, after = call(visit)
        except Failed as failure:
            outcome, after = self._escrow(name, link, failure)
        if after is None and before:
            self._state.drop(object_id)
        elif after and after != before:
            self._state.put(object_id, after)
        self._report.add(outcome)

    def _escrow(self, name: str, link: Link, failure: Failed) -> Result:
        """Kept aside and tried again in the next cycle, whether or not the source changes.

        Who failed on the way back into scope may have been enabled all the same, and is not taken for out of it.
        """
        why = self._report.clean(str(failure))
        if link.failures:
            why = f"{why}. This operation was retried {link.failures} times"
        return Outcome(name, "failed", why), replace(link, scope="in", seen="", failures=link.failures + 1, why=why)

    def _owned(self, object_id: str, target_id: str) -> bool:
        """Whether a user of the target is linked to another person who is in scope."""
        owner = self._state.owner(target_id)
        link = self._state.get(owner) if owner and owner != object_id else None
        return bool(link and link.scope == "in")

    def _manager(self, managers: Managers, person: Person) -> None:
        name = person.user_principal_name
        try:
            outcome, link, warning = managers.settle(person, self._target(name))
        except Failed as failure:
            self._report.add(Outcome(name, "failed", self._report.clean(f"manager: {failure}")))
            return
        self._state.put(person.object_id, link)
        if warning:
            self._report.warn(name, warning)
        if outcome:
            self._report.add(outcome)


def _chosen(people: list[Person], on_demand: str | None) -> list[Person]:
    if not on_demand:
        return people
    chosen = [person for person in people if person.user_principal_name.casefold() == on_demand.casefold()]
    if not chosen:
        raise ValueError(f"The people file has no {on_demand}.")
    return chosen
