"""The reference pass for the members of groups: what changed in the source is added and removed, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from simulators.entra.client import Failed
from simulators.entra.context import Context
from simulators.entra.group_target import GroupTarget
from simulators.entra.groups import Group, Groups
from simulators.entra.journal import Outcome
from simulators.entra.pool import Call
from simulators.entra.state import Link

MEMBERS = "members"


@dataclass(frozen=True)
class Plan:
    """objectId of members to their target ids. `known` were written earlier, and are looked at in full cycles only."""

    add: dict[str, str]
    remove: dict[str, str]
    known: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.add or self.remove or self.known)


class Members:
    """Entra does not read member lists: it goes by what it wrote, and asks about one membership at a time."""

    def __init__(self, context: Context, groups: Groups) -> None:
        self._context = context
        self._groups = groups
        self._state = context.group_state

    def run(self) -> None:
        for group in self._groups:
            self._context.total += self.due(group)
            for name in group.members:
                if not self._object_id(name):
                    self._context.report.warn(f"group {group.display_name}", f"the source has no member {name}")
        self._context.each(self._visits())

    def due(self, group: Group) -> bool:
        return bool(self._plan(group))

    def _visits(self) -> Iterator[Call]:
        return (partial(self._group, group) for group in self._groups if self.due(group))

    def _plan(self, group: Group) -> Plan:
        link = self._state.get(group.object_id)
        if not group.assigned or not link or not link.id or link.failures:
            return Plan({}, {}, {})
        before = self._state.members(group.object_id)
        wanted = dict(self._resolved(group))
        # Who is a member and out of scope is neither added nor taken away: the job does not manage them.
        add = {member: target for member, target in wanted.items() if target and before.get(member) != target}
        # On demand only some of the members are looked at: those who are not named have not left.
        on_demand = bool(self._context.options.on_demand)
        remove = {
            member: target
            for member, target in before.items()
            if not on_demand and member not in wanted and self._target_id(member)
        }
        known = {member: target for member, target in wanted.items() if target and member not in add}
        return Plan(add, remove, known if self._context.full else {})

    def _resolved(self, group: Group) -> Iterator[tuple[str, str]]:
        """Members as they are in the source, with the target id of those that were provisioned and are in scope."""
        for name in group.members:
            if (member := self._object_id(name)) and member != group.object_id:
                yield member, self._target_id(member, scope="in")

    def _object_id(self, name: str) -> str | None:
        return self._context.roster.object_id(name) or self._context.group_roster.object_id(name)

    def _target_id(self, member: str, scope: str = "") -> str:
        link = self._context.state.get(member) or self._context.group_state.get(member)
        return str(link.id) if link and link.id and scope in ("", link.scope) else ""

    def _group(self, group: Group) -> None:
        name, position = f"group {group.display_name}", self._context.group_roster.position(group.object_id)
        report, target = self._context.report, self._context.group_target(name)
        link = self._state.get(group.object_id) or Link()
        try:
            why = self._settle(group.object_id, link, self._plan(group), target)
        except Failed as failure:
            report.add(Outcome(name, "failed", report.clean(f"members: {failure}"), reference=True), position)
            return
        if link.fresh:
            self._state.put(group.object_id, replace(link, fresh=False))
        if why:
            report.add(Outcome(name, "members changed", why, (MEMBERS,)), position)

    def _settle(self, object_id: str, link: Link, plan: Plan, target: GroupTarget) -> str:
        """Removals first. Returns what was written, in words."""
        group_id = str(link.id)
        checked = not link.fresh
        missing = {
            member: member_id for member, member_id in plan.known.items() if not target.has_member(group_id, member_id)
        }
        remove = self._still(target, group_id, plan.remove, present=True) if checked else plan.remove
        add = self._still(target, group_id, plan.add, present=False) if checked else plan.add
        self._state.settle_members(object_id, plan.add.keys() - add.keys(), plan.add)
        self._state.settle_members(object_id, plan.remove.keys() - remove.keys(), {})
        self._send(object_id, remove, {}, partial(target.remove_members, group_id))
        self._send(object_id, add | missing, add | missing, partial(target.add_members, group_id))
        words = [f"{len(add | missing)} added" * bool(add | missing), f"{len(remove)} removed" * bool(remove)]
        return ", ".join(filter(None, words))

    def _still(self, target: GroupTarget, group_id: str, ids: dict[str, str], *, present: bool) -> dict[str, str]:
        """Those of whom the reference check says that something has to be written."""
        return {each: member for each, member in ids.items() if target.has_member(group_id, member) == present}

    def _send(
        self, object_id: str, ids: dict[str, str], after: dict[str, str], send: Callable[[Sequence[str]], None]
    ) -> None:
        size, members = self._context.options.members_per_patch, list(ids)
        for start in range(0, len(members), size):
            portion = members[start : start + size]
            send([ids[each] for each in portion])
            self._state.settle_members(object_id, portion, after)
