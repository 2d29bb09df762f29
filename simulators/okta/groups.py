"""Group push: a group is looked up, created or linked, renamed, given its members, and deleted or left behind."""

from __future__ import annotations

import json
from dataclasses import replace

from simulators.okta.answers import Json, accepted, listed, refused, resource
from simulators.okta.client import Client, Failed
from simulators.okta.options import Options
from simulators.okta.people import Group
from simulators.okta.pushes import Member, Pushed
from simulators.okta.report import Report
from simulators.okta.state import State

KIND = "Groups"
CORE = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Groups:
    """The Push Groups tab of the app."""

    def __init__(self, options: Options, client: Client, state: State, report: Report) -> None:
        self._options, self._client, self._state, self._report = options, client, state, report
        self._target = client.target

    def push(self, group: Group) -> None:
        before = self._state.pushes.get(group.id)
        members = self._state.pushes.members(group.id)
        try:
            action, target_id = self._push(group, before, members)
        except Failed as why:
            self._task(before, group.name, why)
            return
        if action != "unchanged":
            self._state.pushes.keep_members(group.id, members)
            self._state.pushes.keep(Pushed(group.id, target_id, group.name))
        self._report.did("groups", action)

    def unlink(self, group: Pushed) -> None:
        """A group that is no longer pushed. One that never came to exist is only forgotten."""
        deleted = bool(group.target_id) and not self._options.keep_groups
        try:
            if deleted:
                self._delete(group.target_id)
        except Failed as why:
            self._task(group, group.name, why)
            return
        self._state.pushes.forget(group.id)
        self._report.did("groups", "deleted" if deleted else "unlinked")

    def _push(self, group: Group, before: Pushed, members: list[Member]) -> tuple[str, str]:
        if before.target_id:
            return self._changed(group, before, members), before.target_id
        if found := self._find(group):
            if self._state.pushes.linked(found):
                raise Failed("looking for the group: the one found is linked to another group")
            self._whole(found, group, members)
            return "linked", found
        return "created", self._create(group, members)

    def _find(self, group: Group) -> str:
        answer = self._client.send("GET", self._target.search(KIND, "displayName", group.name))
        found = listed(answer, absent_is_empty=True).resources
        if len(found) > 1:
            raise Failed(f"looking for the group: {len(found)} groups have this displayName")
        if found and str(found[0].get("displayName", "")).casefold() != group.name.casefold():
            raise Failed("looking for the group: the filter was answered with another group")
        return str(found[0]["id"]) if found else ""

    def _create(self, group: Group, members: list[Member]) -> str:
        """The new group's name is sent once more, as Okta does; members come then unless the POST had them."""
        first = members if self._options.create_groups == "members" else []
        body = {"schemas": [CORE], "displayName": group.name, "members": _entries(first)}
        target_id = str(resource(self._client.send("POST", self._target.all(KIND), body), 201)["id"])
        # Remembered before the members are, or a failure now would make the next run look for the group again.
        self._state.pushes.keep(replace(self._state.pushes.get(group.id), target_id=target_id, name=group.name))
        if self._options.app == "wizard":
            self._put(target_id, group, members)
            return target_id
        self._rename(target_id, group)
        if members and not first:
            self._patch(target_id, [_addition(members)])
        return target_id

    def _changed(self, group: Group, before: Pushed, members: list[Member]) -> str:
        """What a run does to a group it knows. What failed the last time is not known, and so the whole is sent."""
        pushed = dict.fromkeys(self._state.pushes.written_members(group.id))
        now = {member.target_id for member in members}
        gone = [target_id for target_id in pushed if target_id not in now]
        fresh = [member for member in members if member.target_id not in pushed]
        renamed = before.name != group.name
        if self._options.push_now or before.task:
            self._whole(before.target_id, group, members)
            return "pushed"
        if not (gone or fresh or renamed):
            return "unchanged"
        if self._options.app == "wizard":
            self._put(before.target_id, group, members)
        else:
            self._rename(before.target_id, group)
            self._exchange(before.target_id, gone, fresh)
        return "members" if gone or fresh else "renamed"

    def _exchange(self, target_id: str, gone: list[str], fresh: list[Member]) -> None:
        removals = [{"op": "remove", "path": f"members[value eq {_quoted(each)}]"} for each in gone]
        if operations := [*removals, *([_addition(fresh)] if fresh else [])]:
            self._patch(target_id, operations)

    def _whole(self, target_id: str, group: Group, members: list[Member]) -> None:
        if self._options.app == "wizard":
            self._put(target_id, group, members)
            return
        self._rename(target_id, group)
        self._patch(target_id, [{"op": "replace", "path": "members", "value": _entries(members)}])

    def _rename(self, target_id: str, group: Group) -> None:
        self._patch(target_id, [{"op": "replace", "value": {"id": target_id, "displayName": group.name}}])

    def _patch(self, target_id: str, operations: list[Json]) -> None:
        body = {"schemas": [PATCH], "Operations": operations}
        accepted(self._client.send("PATCH", self._target.one(KIND, target_id), body))

    def _put(self, target_id: str, group: Group, members: list[Member]) -> None:
        """GET, then PUT of four attributes. Members that were there are sent with the display they were read with."""
        address = self._target.one(KIND, target_id)
        got = resource(self._client.send("GET", address), 200)
        there = {each.get("value"): each.get("display") for each in got.get("members") or [] if isinstance(each, dict)}
        entries = [{**each, "display": there.get(each["value"], each["display"])} for each in _entries(members)]
        body = {"schemas": [CORE], "id": target_id, "displayName": group.name, "members": entries}
        resource(self._client.send("PUT", address, body), 200)

    def _delete(self, target_id: str) -> None:
        answer = self._client.send("DELETE", self._target.one(KIND, target_id))
        if answer.status == 404:
            self._report.warn("a group that was to be deleted was not there any more")
        elif answer.status not in (200, 204):
            raise refused(answer)

    def _task(self, before: Pushed, who: str, why: Failed) -> None:
        retried = before.retried + 1 if before.task else 0
        task = self._report.fail("groups", who, str(why), retried)
        kept = self._state.pushes.get(before.id)
        self._state.pushes.keep(replace(kept, task=task.why, retried=retried))


def _entries(members: list[Member]) -> list[Json]:
    return [{"value": member.target_id, "display": member.login} for member in members]


def _addition(members: list[Member]) -> Json:
    return {"op": "add", "path": "members", "value": _entries(members)}


def _quoted(text: str) -> str:
    """A filter's value is a JSON string (RFC 7644 section 3.4.2.2)."""
    return json.dumps(text, ensure_ascii=False)
