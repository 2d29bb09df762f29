"""The reference pass for managers, after the users exist ("How application provisioning works")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from simulators.entra.client import Failed
from simulators.entra.context import Context
from simulators.entra.journal import Outcome
from simulators.entra.paths import ENTERPRISE, AttributePath
from simulators.entra.people import People, Person
from simulators.entra.pool import Call
from simulators.entra.state import Link
from simulators.entra.target import Target

MANAGER = AttributePath.parse(f"{ENTERPRISE}:manager")


class Managers:
    """Finds out whose manager has to be written, and writes it."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._people = people
        self._state = context.state

    def run(self) -> None:
        self._context.total += sum(self._due(person) for person in self._people)
        self._context.each(self._visits())

    def _visits(self) -> Iterator[Call]:
        return (partial(self._person, person) for person in self._people if self._due(person))

    def _due(self, person: Person) -> bool:
        """Settled ones are left alone: a manager who comes into scope later is not looked at again (known issues)."""
        if not person.enabled or person.why_skipped:
            return False
        link = self._state.get(person.object_id)
        if not link or not link.id:
            return False
        if not person.value("manager"):
            return bool(link.manager) and self._context.options.clear_empty
        return self._context.full or link.manager.casefold() != person.value("manager").casefold()

    def _person(self, person: Person) -> None:
        name, position = person.user_principal_name, self._context.roster.position(person.object_id)
        report = self._context.report
        try:
            outcome, link, warning = self._settle(person, self._context.target(name))
        except Failed as failure:
            report.add(Outcome(name, "failed", report.clean(f"manager: {failure}"), reference=True), position)
            return
        self._state.put(person.object_id, link)
        if warning:
            report.warn(name, warning)
        if outcome:
            report.add(outcome, position)

    def _settle(self, person: Person, target: Target) -> tuple[Outcome | None, Link, str]:
        """The outcome if something was written, what to remember, and a warning or nothing."""
        link = self._state.get(person.object_id) or Link()
        target_id, name = str(link.id), person.value("manager")
        manager_id = self._manager_id(name)
        settled = replace(link, manager=name, manager_id=manager_id or link.manager_id)
        if name and not manager_id:
            return None, settled, f"the manager {name} is not provisioned: not set until provisioning is restarted"
        if manager_id and target.has_manager(target_id, manager_id):
            return None, settled, ""
        target.set_manager(target_id, MANAGER, manager_id, had=bool(link.manager_id))
        why = "" if manager_id else "removed"
        again = (MANAGER.text,) if manager_id and manager_id == link.manager_id else ()
        outcome = Outcome(person.user_principal_name, "manager set", why, (MANAGER.text,), again)
        return outcome, replace(settled, manager_id=manager_id or ""), ""

    def _manager_id(self, name: str) -> str | None:
        manager = self._context.roster.object_id(name) if name else None
        link = self._state.get(manager) if manager else None
        return link.id if link else None
