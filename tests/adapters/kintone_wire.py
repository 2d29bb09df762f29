"""The engine over the adapter for Kintone over its simulator, with what clients send."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from adapters.kintone import KintoneAdapter, KintoneSettings
from scim.identity.store import Store
from simulators.http import Fault
from simulators.kintone import Simulator
from tests.scim.harness import Answer
from tests.served import Served

ADA = "ada@example.com"


class Meddling(httpx.AsyncHTTPTransport):
    """Somebody else does something in Kintone just before the next call of a method."""

    def __init__(self) -> None:
        super().__init__()
        self._planned: dict[str, Callable[[], object]] = {}

    def before(self, method: str, deed: Callable[[], object]) -> None:
        self._planned[method] = deed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        deed = self._planned.pop(request.method, lambda: None)()
        if inspect.isawaitable(deed):
            await deed
        return await super().handle_async_request(request)


def connect(simulator: Simulator, transport: httpx.AsyncBaseTransport | None = None, **settings: Any) -> KintoneAdapter:
    values: dict[str, Any] = {"base_url": simulator.url}
    if "api_token" not in settings:
        values |= {"login": "scim.gateway", "password": "s3cret"}
    return KintoneAdapter(KintoneSettings.model_validate(values | settings), transport=transport)


class Gateway(Served[KintoneAdapter]):
    """The engine over the adapter over the simulator, with what clients send."""

    def __init__(
        self,
        simulator: Simulator,
        settings: Mapping[str, Any] | None = None,
        store: Store | None = None,
        transport: Meddling | None = None,
        **options: Any,
    ) -> None:
        self.simulator, self.meddling = simulator, transport or Meddling()
        super().__init__(connect(simulator, self.meddling, **settings or {}), store, **options)

    async def amend(self, id: str, op: str, *members: str) -> Answer:
        operations = [{"op": op, "path": "members", "value": [{"value": one} for one in members]}]
        if op == "remove":
            operations = [{"op": op, "path": f'members[value eq "{one}"]'} for one in members]
        return await self.patch(f"/Groups/{id}", *operations)

    @property
    def accounts(self) -> dict[str, dict[str, Any]]:
        """Who stands in Kintone, by login."""
        return {user["code"]: user for user in self.simulator.site.state()["users"]}

    def calls(self) -> dict[str, int]:
        """Calls since the last time."""
        with self.simulator.lock:
            calls = Counter(one["operation"] for one in self.simulator.site.requests)
            self.simulator.site.requests.clear()
        return dict(calls)

    def inject(self, fault: dict[str, Any]) -> None:
        """Let something happen to the next calls of an operation."""
        with self.simulator.lock:
            self.simulator.site.faults.append(Fault.of(fault))

    def note(self, count: int) -> None:
        """Count so many calls again that a test has looked at already."""
        entry = {"operation": "noted", "status": 200, "answered": True, "write": False, "params": {}, "body": None}
        self.simulator.site.requests += [entry] * count

    def settle(self) -> None:
        """Forget which codes were just read, as if some seconds had passed."""
        self.adapter.users._codes._read.clear()
        self.adapter.groups._codes._read.clear()
