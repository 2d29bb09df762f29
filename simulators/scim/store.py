"""What the server holds: users, groups, its switches and the log of requests."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from simulators.http import State
from simulators.scim.switches import Switches

Json = dict[str, Any]
FIRST = {"Users": 2001, "Groups": 9001}


class Store(State[Switches]):
    """The state of one server."""

    kind = Switches

    def reset(self) -> None:
        """Everything as at the start: nobody is there."""
        super().reset()
        self.resources: dict[str, dict[str, Json]] = {"Users": {}, "Groups": {}}
        self.numbers = {kind: itertools.count(first) for kind, first in FIRST.items()}
        self.seconds, self.seeded = itertools.count(), itertools.count(1)
        self.tokens: dict[str, float] = {}
        self.issued = itertools.count(1)

    def now(self) -> str:
        """A time that moves with every write: the clock of tests."""
        second = next(self.seconds)
        return f"2026-01-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"

    def add(self, kind: str, resource: Json) -> Json:
        """A new resource with the next id."""
        moment = self.now()
        made = {**resource, "id": str(next(self.numbers[kind]))}
        made["meta"] = {"resourceType": kind[:-1], "created": moment, "lastModified": moment, "version": 'W/"1"'}
        self.resources[kind][made["id"]] = made
        return made

    def put(self, kind: str, resource: Json) -> Json:
        """The resource as it is now."""
        count = int(resource["meta"]["version"].strip('W/"')) + 1
        meta = {**resource["meta"], "lastModified": self.now(), "version": f'W/"{count}"'}
        self.resources[kind][resource["id"]] = made = {**resource, "meta": meta}
        return made

    def remove(self, kind: str, id: str) -> None:
        """Take a resource away, and out of every group."""
        del self.resources[kind][id]
        for group in self.resources["Groups"].values():
            left = [one for one in group.pop("members", []) if one["value"] != id]
            if left:
                group["members"] = left

    def kind_of(self, id: str) -> str | None:
        """The type of the resource that has this id."""
        return next((kind for kind, held in self.resources.items() if id in held), None)

    def state(self) -> Json:
        """What stands here, for the control interface."""
        users, groups = ([copy.deepcopy(one) for one in self.resources[kind].values()] for kind in ("Users", "Groups"))
        enabled = sum(user.get("active") is True for user in users)
        return {"users": users, "groups": groups, "count": len(users), "enabled": enabled}
