"""The reference pass for managers, after the users exist ("How application provisioning works")."""

from __future__ import annotations

from dataclasses import replace

from simulators.entra.paths import ENTERPRISE, AttributePath
from simulators.entra.people import Person
from simulators.entra.report import Outcome
from simulators.entra.state import Link, State
from simulators.entra.target import Target

MANAGER = AttributePath.parse(f"{ENTERPRISE}:manager")


class Managers:
    """Finds out whose manager has to be written, and writes it."""

    def __init__(self, people: list[Person], state: State, *, full: bool, clear_empty: bool) -> None:
        self._by_name = {person.user_principal_name.casefold(): person for person in people}
        self._state = state
        self._full = full
        self._clear = clear_empty

    def due(self, person: Person) -> bool:
        """Settled ones are left alone: a manager who comes into scope later is not looked at again (known issues)."""
        link = self._state.get(person.object_id)
        if not link or not link.id or not person.account_enabled or person.why_skipped:
            return False
        if not person.value("manager"):
            return bool(link.manager) and self._clear
        return self._full or link.manager.casefold() != person.value("manager").casefold()

    def settle(self, person: Person, target: Target) -> tuple[Outcome | None, Link, str]:
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
        manager = self._by_name.get(name.casefold()) if name else None
        link = self._state.get(manager.object_id) if manager else None
        return link.id if link else None
