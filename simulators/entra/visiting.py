"""The frame of every visit: the link before, the link after, and escrow for who fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from simulators.entra.client import Failed
from simulators.entra.escrow import NEVER, entered, held
from simulators.entra.journal import Outcome
from simulators.entra.report import Report
from simulators.entra.roster import Roster
from simulators.entra.state import Link, State

Result = tuple[Outcome, Link | None]
GONE = "gone"
"""The mark of objects that are gone from the source."""


class Visiting:
    """Visits to objects of one kind; each is remembered at once, so that a kill loses nothing."""

    def __init__(self, state: State, roster: Roster, report: Report, now: datetime, *, patient: bool) -> None:
        """`now`: the time of the cycle. `patient`: who is in escrow waits for the time of the next retry."""
        self._state = state
        self._roster = roster
        self._report = report
        self._now = now
        self._patient = patient

    def visit(self, object_id: str, name: str, mark: str, call: Callable[[Link], Result]) -> None:
        """`mark`: a digest of the object in the source."""
        before = self._state.get(object_id)
        link = before or Link()
        if self._patient and (why := held(link, mark, self._now)):
            action = Outcome(name, "skipped" if link.retry_at == NEVER else "escrowed", why)
            self._report.add(action, self._roster.position(object_id))
            return
        try:
            outcome, after = call(link)
        except Failed as failure:
            outcome, after = self._escrow(name, link, mark, failure)
        if after is None and before:
            self._state.drop(object_id)
        elif after and after != before:
            self._state.put(object_id, after)
        self._report.add(outcome, self._roster.position(object_id))

    def _escrow(self, name: str, link: Link, mark: str, failure: Failed) -> Result:
        why = self._report.clean(str(failure))
        if link.failures:
            why = f"{why}. This operation was retried {link.failures} times"
        return Outcome(name, "failed", why), entered(link, mark, why, self._now)

    def owned(self, object_id: str, target_id: str) -> bool:
        """Whether a target id is linked to another object that is in scope."""
        owner = self._state.owner(target_id)
        link = self._state.get(owner) if owner and owner != object_id else None
        return bool(link and link.scope == "in")
