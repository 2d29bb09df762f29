"""What the server holds: users, groups, its switches and the log of requests."""

from __future__ import annotations

import copy
import itertools
from collections import Counter, deque
from typing import Any

from simulators.scim.faults import Fault
from simulators.scim.switches import Switches

Json = dict[str, Any]
REMEMBERED = 100_000
"""Requests in the log; older ones are dropped."""
FIRST = {"Users": 2001, "Groups": 9001}


class Store:
    """The state of one server. Not thread-safe: the server holds its lock."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Everything as at the start: nobody is there."""
        self.switches = Switches()
        self.resources: dict[str, dict[str, Json]] = {"Users": {}, "Groups": {}}
        self.numbers = {kind: itertools.count(first) for kind, first in FIRST.items()}
        self.seconds, self.seeded = itertools.count(), itertools.count(1)
        self.faults: list[Fault] = []
        self.calls: deque[float] = deque()
        self.tokens: dict[str, float] = {}
        self.issued = itertools.count(1)
        self.requests: deque[Json] = deque(maxlen=REMEMBERED)

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

    def fault(self, method: str) -> Fault | None:
        """The next fault that was injected for a method, used up once."""
        for fault in self.faults:
            if fault.method in ("*", method):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def state(self) -> Json:
        """What stands here, for the control interface."""
        users, groups = ([copy.deepcopy(one) for one in self.resources[kind].values()] for kind in ("Users", "Groups"))
        enabled = sum(user.get("active") is True for user in users)
        return {"users": users, "groups": groups, "count": len(users), "enabled": enabled}

    def counts(self) -> Counter[str]:
        """Calls by method and address."""
        return Counter(f"{one['method']} {one['endpoint']}" for one in self.requests)
