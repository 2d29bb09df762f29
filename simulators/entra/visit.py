"""The visit to one person in a cycle ("How application provisioning works": scoping, matching, writing).

Returns what happened and what to remember. Raises `Failed`; the cycle then keeps the person in escrow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulators.entra.client import Failed
from simulators.entra.clock import moment, shown
from simulators.entra.escrow import left
from simulators.entra.expressions import Value
from simulators.entra.journal import Action, Outcome
from simulators.entra.mapping import AttributeMapping, Values, fingerprint
from simulators.entra.patch import Difference
from simulators.entra.people import Person
from simulators.entra.reading import Resource
from simulators.entra.roles import Roles
from simulators.entra.state import Link
from simulators.entra.target import Target
from simulators.entra.visiting import Result

RECYCLED = timedelta(days=30)
DISABLED = "disabled"
"""The watermark of somebody who was disabled: no more calls, whatever else changes in the source."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the options of the job say about each visit."""

    mapping: AttributeMapping
    now: datetime
    full: bool = False
    clear_empty: bool = False
    skip_out_of_scope: bool = False
    """The job property SkipOutOfScopeDeletions: who leaves the scope is left as is."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person, or for somebody whose row is gone the link alone."""

    rules: Rules
    target: Target
    link: Link
    name: str
    owned: Callable[[str], bool]
    """Whether a target id is linked to another person in scope."""
    allow: Callable[[], bool]
    """Asked before somebody is disabled or deleted."""

    def present(self, person: Person) -> Result:
        if why := person.why_skipped:
            return self.out_of_scope(why, delete=person.deleted)
        values = self.rules.mapping.values(person)
        if person.soft_deleted:
            return self._in_recycle_bin(person, values)
        if not person.enabled:
            return self._blocked(values, "disabled in the source")
        seen = fingerprint([values, self._cleared(person)])
        if self.link.id and not self.rules.full and self.link.seen == seen:
            return self._outcome("unchanged"), self.link
        return self._provision(values, self._cleared(person), seen)

    def out_of_scope(self, why: str, *, delete: bool) -> Result:
        """Disabled once, then left alone; who left the scope before being deleted gets no DELETE."""
        if not self.link.id or self.link.scope == "out":
            return self._outcome("skipped", why), self.link if self.link.id else None
        if self.rules.skip_out_of_scope and not delete:
            return self._outcome("skipped", f"{why}, and left as is"), replace(self.link, scope="out", seen="")
        if delete or "active" not in self.rules.mapping.flows:
            return self._delete(why)
        return self._disable(why, self.link.id, replace(self.link, scope="out"))

    def _in_recycle_bin(self, person: Person, values: Values) -> Result:
        """Disabled, and deleted 30 days later; until then people may be restored."""
        since = person.soft_deleted_at or (moment(self.link.since) if self.link.since else self.rules.now)
        if self.rules.now - since >= RECYCLED:
            return self.out_of_scope("deleted for good, 30 days after it was deleted softly", delete=True)
        outcome, link = self._blocked(values, "soft-deleted in the source")
        return outcome, replace(link, since=shown(since)) if link else None

    def _blocked(self, values: Values, why: str) -> Result:
        """Sign-in is blocked: somebody unknown in the target is not created, somebody known is disabled."""
        settled = self.link.seen == DISABLED and self.link.scope == "in"
        if settled and self.link.id:
            return self._outcome("unchanged", why), self.link
        if settled and not self.rules.full:
            return self._outcome("skipped", f"{why} and unknown in the target"), self.link
        target_id = self.link.id or self._matched_id(values)
        if not target_id:
            return self._outcome("skipped", f"{why} and unknown in the target"), Link(seen=DISABLED)
        link = replace(self.link, id=target_id, user_name=str(values["userName"]), scope="in")
        if "active" not in self.rules.mapping.flows:
            return replace(self, link=link)._delete(why)
        return self._disable(why, target_id, link)

    def _matched_id(self, values: Values) -> str | None:
        found = self.target.match(values)
        return self._free(str(found["id"])) if found else None

    def _free(self, target_id: str) -> str:
        if self.owned(target_id):
            raise Failed(f"the id {target_id} is linked to another person already")
        return target_id

    def _disable(self, why: str, target_id: str, link: Link) -> Result:
        link = replace(left(link), seen=DISABLED)
        if not (found := self.target.get(target_id)):
            return self._outcome("unchanged", f"{why}, and gone in the target"), None
        path = self.rules.mapping.paths["active"]
        if path.read(found) is False:
            return self._outcome("unchanged", f"{why}, and disabled in the target already"), link
        if not self.allow():
            return self._staged(why)
        difference = Difference(path, False, path.read(found) is not None)
        changed = self.target.patch(target_id, [difference], {})
        return self._outcome("disabled", why, [difference], self._unkept(changed, {path.text: False})), link

    def _staged(self, why: str) -> Result:
        return self._outcome("staged", f"{why}: held back by the threshold of accidental deletions"), self.link

    def _delete(self, why: str) -> Result:
        if not self.allow():
            return self._staged(why)
        self.target.delete(str(self.link.id))
        return self._outcome("deleted", why), None

    def _provision(self, values: Values, cleared: list[str], seen: str) -> Result:
        """Read by the cached id, else match, else create."""
        found = self.target.get(self.link.id) if self.link.id else None
        created = False
        if not found and not (found := self._match_and_get(values)):
            if made := self.target.create(values):
                return self._created(made, values, seen)
            created = True
            if not (found := self._match_and_get(values)):
                raise Failed("POST: 409 to the repetition of a lost request, and yet no user matches")
        return self._update(found, values, cleared, seen, created)

    def _match_and_get(self, values: Values) -> Resource | None:
        if not (target_id := self._matched_id(values)):
            return None
        if not (found := self.target.get(target_id)):
            raise Failed(f"the user {target_id} was found by filter and is unknown by id")
        return found

    def _created(self, made: Resource, values: Values, seen: str) -> Result:
        link = self._settled(self._free(str(made["id"])), values, seen)
        return self._outcome("created", repeated=self._unkept(made, values)), link

    def _update(self, found: Resource, values: Values, cleared: list[str], seen: str, created: bool) -> Result:
        differences = self._differences(found, values, cleared)
        wanted = {each.path.text: each.wanted for each in differences if each.wanted is not None}
        link = self._settled(str(found["id"]), values, seen)
        if not differences:
            return self._outcome("created" if created else "unchanged"), link
        again = [each.path.text for each in differences] if self._was_settled(link) else []
        changed = self.target.patch(str(found["id"]), differences, {"userName": values["userName"]})
        again += [path for path in self._unkept(changed, wanted) if path not in again]
        action: Action = "created" if created else "enabled" if wanted.get("active") is True else "changed"
        return self._outcome(action, "", differences, again), link

    def _differences(self, found: Resource, values: Values, cleared: list[str]) -> list[Difference]:
        paths = self.rules.mapping.paths
        present = {name: path.read(found) for name, path in paths.items()}
        differences = [
            Difference(paths[name], _unwritten(present[name], value), present[name] is not None)
            for name, value in values.items()
            if not _equal(present[name], value)
        ]
        return differences + [
            Difference(paths[name], None, True) for name in cleared if present[name] not in (None, "")
        ]

    def _cleared(self, person: Person) -> list[str]:
        return self.rules.mapping.empty(person) if self.rules.clear_empty else []

    def _was_settled(self, now: Link) -> bool:
        """These very values were the target's at the end of an earlier cycle, and differ again."""
        return (self.link.id, self.link.seen) == (now.id, now.seen)

    def _unkept(self, answered: Resource | None, written: Values) -> list[str]:
        """What the answer to a write lacks or shows otherwise; Entra does not look, its next comparison will."""
        if answered is None:
            return []
        paths = self.rules.mapping.paths
        return [name for name, value in written.items() if not _equal(paths[name].read(answered), value)]

    def _settled(self, target_id: str, values: Values, seen: str) -> Link:
        same = self.link.id == target_id
        return Link(
            id=target_id,
            user_name=str(values["userName"]),
            seen=seen,
            manager=self.link.manager if same else "",
            manager_id=self.link.manager_id if same else "",
        )

    def _outcome(
        self,
        action: Action,
        why: str = "",
        differences: list[Difference] | None = None,
        repeated: list[str] | None = None,
    ) -> Outcome:
        return Outcome(
            self.name, action, why, tuple(each.path.text for each in differences or ()), tuple(repeated or ())
        )


def _unwritten(answered: object, wanted: Value) -> Value:
    """Roles that are only added are sent as far as they are missing."""
    return wanted.missing_from(answered) if isinstance(wanted, Roles) and not wanted.assertive else wanted


def _equal(answered: Value | object, wanted: Value) -> bool:
    """The same JSON value of the same kind; case counts, since the target shall keep values exactly as sent."""
    if isinstance(wanted, Roles):
        return wanted.settled(answered)
    return type(answered) is type(wanted) and answered == wanted
