"""The pass over the people. Leavers come first, so that somebody new may take over the account of one who left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from simulators.entra.context import Context
from simulators.entra.mapping import fingerprint
from simulators.entra.people import People, Person
from simulators.entra.pool import Call
from simulators.entra.state import Link
from simulators.entra.visit import Rules, Visit
from simulators.entra.visiting import GONE, Result


class Users:
    """Reads the source once for those who leave and once for those who stay."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._people = people
        options = context.options
        self._rules = Rules(
            context.mapping, context.now, context.full, options.clear_empty, options.skip_out_of_scope_deletions
        )
        self._visiting = context.visiting(context.state, context.roster)

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
        self._visit(object_id, link.user_name, GONE, lambda visit: visit.out_of_scope(why, delete=delete))

    def _person(self, person: Person) -> None:
        mark = fingerprint(dict(person.row))
        self._visit(person.object_id, person.user_principal_name, mark, lambda visit: visit.present(person))

    def _visit(self, object_id: str, name: str, mark: str, call: Callable[[Visit], Result]) -> None:
        target, owned = self._context.target(name), partial(self._visiting.owned, object_id)
        allow = self._context.removals.allow

        def visit(link: Link) -> Result:
            return call(Visit(self._rules, target, link, name, owned, allow))

        self._visiting.visit(object_id, name, mark, visit)
