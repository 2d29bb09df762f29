"""The pass over the people. Leavers come first, so that somebody new may take over the account of one who left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from simulators.entra.client import Failed
from simulators.entra.context import Context
from simulators.entra.journal import Outcome
from simulators.entra.people import People, Person
from simulators.entra.pool import Call
from simulators.entra.state import Link
from simulators.entra.visit import Result, Rules, Visit


class Users:
    """Reads the source once for those who leave and once for those who stay."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._people = people
        self._rules = Rules(context.options.mapping, context.full, context.options.clear_empty)

    def run(self) -> None:
        if not self._context.options.on_demand:
            self._context.state.forget_absent()
            self._context.total += self._context.state.count_absent()
            self._context.each(partial(self._gone, object_id) for object_id in self._context.state.absent())
        self._context.each(self._visits(leaving=True))
        self._context.each(self._visits(leaving=False))

    def _visits(self, *, leaving: bool) -> Iterator[Call]:
        for person in self._people:
            if bool(person.why_skipped) == leaving:
                yield partial(self._person, person)

    def _gone(self, object_id: str) -> None:
        link = self._context.state.get(object_id) or Link()
        why, delete = "removed from the source", self._context.options.hard_delete
        self._visit(object_id, link.user_name, lambda visit: visit.out_of_scope(why, delete=delete))

    def _person(self, person: Person) -> None:
        self._visit(person.object_id, person.user_principal_name, lambda visit: visit.present(person))

    def _visit(self, object_id: str, name: str, call: Callable[[Visit], Result]) -> None:
        state = self._context.state
        before = state.get(object_id)
        link = before or Link()
        visit = Visit(self._rules, self._context.target(name), link, name, partial(self._owned, object_id))
        try:
            outcome, after = call(visit)
        except Failed as failure:
            outcome, after = self._escrow(name, link, failure)
        if after is None and before:
            state.drop(object_id)
        elif after and after != before:
            state.put(object_id, after)
        self._context.report.add(outcome, self._context.roster.position(object_id))

    def _escrow(self, name: str, link: Link, failure: Failed) -> Result:
        """Kept aside and tried again in the next cycle, whether or not the source changes.

        Who failed on the way back into scope may have been enabled all the same, and is not taken for out of it.
        """
        why = self._context.report.clean(str(failure))
        if link.failures:
            why = f"{why}. This operation was retried {link.failures} times"
        return Outcome(name, "failed", why), replace(link, scope="in", seen="", failures=link.failures + 1, why=why)

    def _owned(self, object_id: str, target_id: str) -> bool:
        """Whether a user of the target is linked to another person who is in scope."""
        owner = self._context.state.owner(target_id)
        link = self._context.state.get(owner) if owner and owner != object_id else None
        return bool(link and link.scope == "in")
