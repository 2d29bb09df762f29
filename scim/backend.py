"""A connection's backend as the engine calls it: through a breaker, and not too often at once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

from scim.breaker import Breaker
from scim_adapter import Ask, Can, Change, Delta, Get, Gone, Native, New, Page, Query, Resource, Unavailable

T = TypeVar("T")
Watch = Callable[[str], AbstractContextManager[object]]
"""What surrounds a call of an adapter's verb, named as in "find User": whoever counts or traces it."""
_inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether this task is within a call already: a call that needs another one must not wait for a place of its own."""


def unwatched(what: str) -> AbstractContextManager[object]:
    """Nobody looks."""
    return nullcontext()


class Gate:
    """What all calls of one connection go through: at most so many at once (a bulkhead), and none while it is down."""

    def __init__(self, breaker: Breaker, most: int, watch: Watch = unwatched) -> None:
        self._breaker, self._watch = breaker, watch
        self._places = asyncio.Semaphore(most)

    async def __call__(self, what: str, ask: Ask, call: Callable[[], Awaitable[T]]) -> T:
        """The call's own result; `Unavailable` or `Denied` where the backend is not asked."""
        if _inside.get():
            with self._watch(what):
                return await call()
        self._breaker.refuse()
        await self._place(ask)
        try:
            return await self._through(what, ask, call)
        finally:
            self._places.release()

    async def _place(self, ask: Ask) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(ask.left if math.isfinite(ask.deadline) else None):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("Too many requests wait for it already.", unsent=True) from None

    async def _through(self, what: str, ask: Ask, call: Callable[[], Awaitable[T]]) -> T:
        probe = self._breaker.begin()
        token, error = _inside.set(True), None
        try:
            with self._watch(what):
                return await call()
        except BaseException as raised:
            error = raised
            raise
        finally:
            _inside.reset(token)
            self._breaker.end(ask, error, probe=probe)


class Backend:
    """One resource type of the backend: the adapter's `native` one, each verb through the gate."""

    def __init__(self, native: Resource, gate: Gate) -> None:
        self.native, self._gate = native, gate
        self.type, self.key = native.type, native.key
        self.declares, self.own = native.declares, native.own

    @property
    def can(self) -> Can:
        """What it can do natively."""
        return self.native.can

    async def _call(self, verb: str, ask: Ask, call: Callable[[], Awaitable[T]]) -> T:
        return await self._gate(f"{verb} {self.type}", ask, call)

    async def find(self, query: Query) -> Page:
        """`Resource.find`."""
        return await self._call("find", query.ask, partial(self.native.find, query))

    async def get(self, get: Get) -> Native:
        """`Resource.get`."""
        return await self._call("get", get.ask, partial(self.native.get, get))

    async def create(self, new: New) -> Native | str:
        """`Resource.create`."""
        return await self._call("create", new.ask, partial(self.native.create, new))

    async def update(self, change: Change) -> Native | None:
        """`Resource.update`."""
        return await self._call("update", change.ask, partial(self.native.update, change))

    async def amend(self, delta: Delta) -> None:
        """`Resource.amend`."""
        await self._call("amend", delta.ask, partial(self.native.amend, delta))

    async def delete(self, gone: Gone) -> None:
        """`Resource.delete`."""
        await self._call("delete", gone.ask, partial(self.native.delete, gone))
