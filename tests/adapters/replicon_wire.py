"""For the tests of the Replicon adapter: a Replicon that does as it is told, and what the engine asks of an adapter.

`Wire` gives one scripted answer after the other, per operation; the functions at the end work on the simulator.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from adapters.replicon import RepliconAdapter, RepliconSettings
from scim_adapter import Ask, Change, Condition, Field, Get, Native, Query, Resource
from simulators.replicon import Simulator
from simulators.replicon.users import User
from tests.served import Served

DISCOVERY = "GetTenantEndpointDetails"
ROOT = "https://na3.replicon.com/acme/"
CORRELATION = "6a1d0f0a2c3b4d5e8f90a1b2c3d4e5f6"
ACCOUNT = {"company_key": "acme", "username": "scim.gateway", "password": "s3cret-pw"}
BASIC = "YWNtZVxzY2ltLmdhdGV3YXk6czNjcmV0LXB3"  # acme\scim.gateway:s3cret-pw
PASSWORD = "correct-horse-s3cret"
BULK, WRITE, LIST = "BulkGetUsers3", "CreateUserOrApplyModifications", "GetData"
ENABLE, DISABLE, WHO = "EnableLogin", "DisableLogin", "GetMyActualUserIdentity"
ADA: Native = {
    "loginName": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Love",
    "displayText": "Ada Love",
    "emailAddress": "ada@example.com",
    "employeeId": "E-1",
    "loginEnabled": True,
}
numbers = itertools.count()
Scripted = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def d(value: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"d": value}, headers={"X-Execution-Correlation-Id": CORRELATION})


def error(type: str = "", text: str = "", *, status: int = 400, **more: Any) -> httpx.Response:
    content = {
        "correlationId": CORRELATION,
        "details": {"displayText": text},
        **({"type": type} if type else {}),
        **more,
    }
    return httpx.Response(status, json={"error": content}, headers={"X-Execution-Correlation-Id": CORRELATION})


def refused(*texts: str, user: Any = None) -> httpx.Response:
    """A refusal inside a 200."""
    return d({"user": user, "errors": [{"notifications": [{"displayText": text}]} for text in texts]})


def html(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html="<html><title>Sign in, s3cret-pw</title></html>")


def root(url: str = ROOT) -> httpx.Response:
    return d({"applicationRootUrl": url, "applicationRootUrls": [{"rootUrl": url}], "tenant": {"slug": "acme"}})


def item(uri: str = "urn:u:1", login: str | None = "ada@example.com", **details: Any) -> dict[str, Any]:
    """An element of BulkGetUsers3."""
    base = {"uri": uri, "displayText": "Love, Ada", "firstName": "Ada", "lastName": "Love", "isEnabled": True}
    return {
        "userDetails": {**base, "emailAddress": "ada@example.com", "employeeId": "E-1", **details},
        "securityConfiguration": {"loginName": login, "isLoginEnabled": True},
    }


class Wire:
    """Answers by operation; of several answers the last holds for ever."""

    def __init__(self, **answers: Scripted | list[Scripted]) -> None:
        self.answers: dict[str, list[Scripted]] = {DISCOVERY: [root()]}
        self.requests: list[httpx.Request] = []
        for operation, given in answers.items():
            self.script(operation, given)

    def script(self, operation: str, given: Scripted | list[Scripted]) -> None:
        self.answers[operation] = list(given) if isinstance(given, list) else [given]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        left = self.answers[request.url.path.rsplit("/", 1)[-1]]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    @property
    def operations(self) -> list[str]:
        """What was called, in order."""
        return [request.url.path.rsplit("/", 1)[-1] for request in self.requests]

    def bodies(self, operation: str) -> Iterator[Any]:
        """The requests of one operation."""
        return (json.loads(r.content) for r in self.requests if r.url.path.endswith(f"/{operation}"))

    def adapter(self, **settings: Any) -> RepliconAdapter:
        return RepliconAdapter(
            RepliconSettings.model_validate({**ACCOUNT, **settings}), transport=httpx.MockTransport(self)
        )

    def users(self, **settings: Any) -> Resource:
        return self.adapter(**settings).resources()[0]


# -- on the simulator -------------------------------------------------------------------------------------------------


def connect(simulator: Simulator, **settings: Any) -> RepliconAdapter:
    values = {"company_key": "acme", "username": "scim.gateway", "password": PASSWORD, "domain": simulator.url}
    return RepliconAdapter(RepliconSettings.model_validate(values | settings))


def ask() -> Ask:
    """A new operation of a client."""
    return Ask(f"operation-{next(numbers)}", time.monotonic() + 20)


async def look(users: Resource, login: str) -> list[Native]:
    """What the engine asks before a create: both spellings at once."""
    values = tuple(dict.fromkeys((login, login.lower())))
    return list((await users.find(Query((Condition("loginName", "eq", values),), ask=ask()))).records)


async def bring(users: Resource, key: str, **set: Any) -> Native:
    """Read, change, read back, as the engine does."""
    before = await users.get(Get(key, ask=ask()))
    made = await users.update(Change(key, before, {**before, **set}, set, ask=ask()))
    return made if made is not None else await users.get(Get(key, ask=ask()))


async def everybody(users: Resource, limit: int = 100) -> list[Native]:
    found: list[Native] = []
    cursor: str | None = None
    while True:
        page = await users.find(Query(cursor=cursor, limit=limit, ask=ask()))
        found += page.records
        cursor = page.next
        if cursor is None:
            return found


def counted(simulator: Simulator) -> dict[str, int]:
    """Calls since the last time, discovery apart."""
    with simulator.lock:
        calls = Counter(one["operation"] for one in simulator.company.requests if one["operation"] != DISCOVERY)
        simulator.company.requests.clear()
    return dict(calls)


class Gateway(Served[RepliconAdapter]):
    """The engine over the adapter over the simulator, with what clients send."""

    def __init__(
        self,
        simulator: Simulator,
        settings: Mapping[str, Any] | None = None,
        rows: Mapping[str, Field] | None = None,
        **options: Any,
    ) -> None:
        """`rows` are the operator's own rows of the mapping table."""
        self.simulator = simulator
        super().__init__(connect(simulator, **settings or {}), rows=rows, **options)

    @property
    def accounts(self) -> dict[str, User]:
        """Who stands in Replicon, by login."""
        return {user.loginName: user for user in self.simulator.company.users.values()}

    def calls(self) -> dict[str, int]:
        return counted(self.simulator)
