"""The pass over the group objects, without their members (Learn, "Group provisioning and deprovisioning")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from simulators.entra.client import Failed
from simulators.entra.context import Context
from simulators.entra.escrow import left
from simulators.entra.group_target import DISPLAY_NAME, EXTERNAL_ID, GroupTarget
from simulators.entra.groups import Group, Groups
from simulators.entra.journal import Action, Outcome
from simulators.entra.mapping import fingerprint
from simulators.entra.patch import Difference
from simulators.entra.pool import Call
from simulators.entra.reading import Resource
from simulators.entra.state import Link
from simulators.entra.visiting import GONE, Result


class GroupObjects:
    """Groups out of scope go first, so that a new one may have the name of an old one."""

    def __init__(self, context: Context, groups: Groups, due: Callable[[Group], bool]) -> None:
        """`due`: whether a group's members changed, in which case the group is read again."""
        self._context = context
        self._due = due
        self._groups = groups
        self._state = context.group_state
        self._visiting = context.visiting(context.group_state, context.group_roster)

    def run(self) -> None:
        if not self._context.options.on_demand:
            self._state.forget_absent()
            self._context.total += self._state.count_absent()
            self._context.each(partial(self._gone, object_id) for object_id in self._state.absent())
        self._context.each(self._visits(assigned=False))
        self._context.each(self._visits(assigned=True))

    def _visits(self, *, assigned: bool) -> Iterator[Call]:
        for group in self._groups:
            if group.assigned == assigned:
                yield partial(self._group, group)

    def _gone(self, object_id: str) -> None:
        link = self._state.get(object_id) or Link()
        self._visit(object_id, link.user_name, GONE, lambda visit: visit.delete("removed from the source"))

    def _group(self, group: Group) -> None:
        mark = fingerprint([group.display_name, group.assigned])
        self._visit(group.object_id, group.display_name, mark, lambda visit: visit.present(group, self._due(group)))

    def _visit(self, object_id: str, name: str, mark: str, call: Callable[[GroupVisit], Result]) -> None:
        shown = f"group {name}"
        target, owned = self._context.group_target(shown), partial(self._visiting.owned, object_id)
        allow, full = self._context.removals.allow, self._context.full

        def visit(link: Link) -> Result:
            return call(GroupVisit(target, link, shown, owned, allow, full=full))

        self._visiting.visit(object_id, shown, mark, visit)


class GroupVisit:
    """One group; for a group whose row is gone the link alone."""

    def __init__(
        self,
        target: GroupTarget,
        link: Link,
        name: str,
        owned: Callable[[str], bool],
        allow: Callable[[], bool],
        *,
        full: bool,
    ) -> None:
        self._target = target
        self._link = link
        self._name = name
        self._owned = owned
        self._allow = allow
        self._full = full

    def delete(self, why: str) -> Result:
        """Groups have no `active`: out of scope is a DELETE."""
        if not self._link.id:
            return Outcome(self._name, "skipped", why), None
        if not self._allow():
            return Outcome(self._name, "staged", f"{why}: held back by the threshold"), self._link
        self._target.delete(self._link.id)
        return Outcome(self._name, "group deleted", why), None

    def present(self, group: Group, due: bool) -> Result:
        if not group.assigned:
            return self.delete("not assigned to the application")
        seen = fingerprint([group.display_name, group.object_id])
        if self._link.id and not self._full and not due and self._link.seen == seen:
            return Outcome(self._name, "group unchanged"), self._link
        link = replace(left(self._link), user_name=group.display_name, seen=seen, scope="in")
        return self._provision(group, link)

    def _provision(self, group: Group, link: Link) -> Result:
        """Read by the cached id, else match, else create."""
        found = self._target.get(link.id) if link.id else None
        created = False
        if not found and not (found := self._match_and_get(group.display_name)):
            if made := self._target.create(group.object_id, group.display_name):
                return Outcome(self._name, "group created"), replace(link, id=self._free(made), fresh=True)
            created = True
            if not (found := self._match_and_get(group.display_name)):
                raise Failed("POST: 409 to the repetition of a lost request, and yet no group matches")
        return self._update(group, replace(link, id=str(found["id"]), fresh=created), found, created)

    def _match_and_get(self, name: str) -> Resource | None:
        if not (matched := self._target.match(name)):
            return None
        target_id = self._free(matched)
        if not (found := self._target.get(target_id)):
            raise Failed(f"the group {target_id} was found by filter and is unknown by id")
        return found

    def _free(self, found: Resource) -> str:
        target_id = str(found["id"])
        if self._owned(target_id):
            raise Failed(f"the id {target_id} is linked to another group already")
        return target_id

    def _update(self, group: Group, link: Link, found: Resource, created: bool) -> Result:
        wanted = {DISPLAY_NAME: group.display_name, EXTERNAL_ID: group.object_id}
        differences = [
            Difference(path, value, path.read(found) is not None)
            for path, value in wanted.items()
            if path.read(found) != value
        ]
        if differences:
            self._target.patch(str(link.id), differences)
        action: Action = "group created" if created else "group changed" if differences else "group unchanged"
        paths = tuple(each.path.text for each in differences)
        again = paths if (self._link.id, self._link.seen) == (link.id, link.seen) else ()
        return Outcome(self._name, action, "", paths, again), link
