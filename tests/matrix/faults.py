"""A backend and a store that misbehave once, at a chosen call of one request."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from scim.identity.store import Conflict, Operation, Row, Store, StoreUnavailable
from scim_adapter import Can, Change, Field, Get, Gone, Native, New, Page, Query, Unavailable
from tests.backends import FIELDS, Shelf

T = TypeVar("T")
Kind = Literal["none", "before", "after", "throttled", "stale", "conflict", "killed before", "killed after"]
"""What goes wrong: no answer, without or with the call's effect; a search that knows nothing of the last write; a row
that seems to be somebody else's; the end of the process."""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fault:
    """Strikes at the call with the number `at` from now on."""

    kind: Kind = "none"
    at: int = 0
    dead: bool = False

    async def around(self, call: Callable[[], Awaitable[T]], lost: Callable[[bool], Exception]) -> T:
        """Make a call; `lost` makes the error for no answer (True: the backend asked to slow down)."""
        if self.dead:
            raise Killed
        self.at -= 1
        if self.at != 0 or self.kind in ("none", "stale", "conflict"):
            return await call()
        if self.kind in ("after", "killed after"):
            await call()
        if self.kind.startswith("killed"):
            self.dead = True
            raise Killed
        raise lost(self.kind == "throttled")

    def strikes(self, kind: Kind) -> bool:
        """Whether the call that comes next is the one, and this is what goes wrong with it."""
        return (self.kind, self.at) == (kind, 1)


def _unavailable(throttled: bool) -> Exception:
    return Unavailable("no answer", throttled=throttled)


def _no_store(throttled: bool) -> Exception:
    return StoreUnavailable("no answer")


class FaultyStore:
    """A store under a fault."""

    def __init__(self, inner: Store) -> None:
        self.inner, self.fault = inner, Fault()

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.fault.around(lambda: self.inner.get(partition, key), _no_store)

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        async for row in self.inner.scan(partition, prefix):
            yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        if self.fault.strikes("conflict"):
            self.fault.at = 0
            raise Conflict(operations[0].key)
        return await self.fault.around(lambda: self.inner.commit(partition, operations), _no_store)

    async def aclose(self) -> None:
        await self.inner.aclose()


class FaultyShelf(Shelf):
    """A backend under a fault. Where logins are not its keys, the gateway alone guards their uniqueness."""

    def __init__(self, *, login_is_key: bool, repeatable: bool, partial: bool) -> None:
        super().__init__(
            key="login" if login_is_key else "key",
            can=Can(
                filter={"login": frozenset({"eq"})},
                offset=True,
                mutable_key=login_is_key,
                repeatable_create=repeatable,
                partial=partial,
            ),
            fields=FIELDS if login_is_key else {**FIELDS, "userName": Field("login", required=True, unique="gateway")},
        )
        self.uniques = ("login",) if login_is_key else ()  # type: ignore[misc]
        self.fault = Fault()
        self._last: dict[str, Native] = {}

    async def find(self, query: Query) -> Page:
        if not self.fault.strikes("stale"):
            return await self.fault.around(lambda: super(FaultyShelf, self).find(query), _unavailable)
        now, self.records, self.fault.at = self.records, self._last, 0
        try:
            return await super().find(query)
        finally:
            self.records = now

    async def get(self, get: Get) -> Native:
        return await self.fault.around(lambda: super(FaultyShelf, self).get(get), _unavailable)

    async def create(self, new: New) -> Native | str:
        self._last = copy.deepcopy(self.records)
        return await self.fault.around(lambda: super(FaultyShelf, self).create(new), _unavailable)

    async def update(self, change: Change) -> Native | None:
        self._last = copy.deepcopy(self.records)
        return await self.fault.around(lambda: super(FaultyShelf, self).update(change), _unavailable)

    async def delete(self, gone: Gone) -> None:
        self._last = copy.deepcopy(self.records)
        await self.fault.around(lambda: super(FaultyShelf, self).delete(gone), _unavailable)
