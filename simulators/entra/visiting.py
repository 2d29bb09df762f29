"""The frame of every visit: the link before, the link after, and escrow for who fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulators.entra.client import Failed
from simulators.entra.journal import Outcome
from simulators.entra.report import Report
from simulators.entra.roster import Roster
from simulators.entra.state import Link, State

Result = tuple[Outcome, Link | None]


class Visiting:
    """Visits to objects of one kind; each is remembered at once, so that a kill loses nothing."""

    def __init__(self, state: State, roster: Roster, report: Report) -> None:
        self._state = state
        self._roster = roster
        self._report = report

    def visit(self, object_id: str, name: str, call: Callable[[Link], Result]) -> None:
        before = self._state.get(object_id)
        link = before or Link()
        try:
            outcome, after = call(link)
        except Failed as failure:
            outcome, after = self._escrow(name, link, failure)
        if after is None and before:
            self._state.drop(object_id)
        elif after and after != before:
            self._state.put(object_id, after)
        self._report.add(outcome, self._roster.position(object_id))

    def _escrow(self, name: str, link: Link, failure: Failed) -> Result:
        """Kept aside and tried again in the next cycle, whether or not the source changes.

        Who failed on the way back into scope may have been enabled all the same, and is not taken for out of it.
        """
        why = self._report.clean(str(failure))
        if link.failures:
            why = f"{why}. This operation was retried {link.failures} times"
        return Outcome(name, "failed", why), replace(link, scope="in", seen="", failures=link.failures + 1, why=why)

    def owned(self, object_id: str, target_id: str) -> bool:
        """Whether a target id is linked to another object that is in scope."""
        owner = self._state.owner(target_id)
        link = self._state.get(owner) if owner and owner != object_id else None
        return bool(link and link.scope == "in")
