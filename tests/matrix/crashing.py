"""A store and adapters that kill their own process at a chosen call; named by dotted path in the tests' gateway.toml.

The environment variable MATRIX_FOLDER names a folder. While it holds the file `arm` ("3 before", "3 after", or "0 -" to
count only), every call is counted and its name is appended to the file `calls`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import httpx

from adapters.directory import DirectoryAdapter, DirectorySettings
from adapters.kintone import KintoneAdapter, KintoneSettings, membership
from adapters.replicon import RepliconAdapter, RepliconSettings
from gateway.stores import open_store
from scim.identity.store import Operation, Row, Store
from scim_adapter import Resource
from scim_adapter.resource import VERBS
from tests.matrix.ledger import LedgerAdapter, LedgerSettings

T = TypeVar("T")
FOLDER = "MATRIX_FOLDER"
STORE = "MATRIX_STORE"
_inside: ContextVar[bool] = ContextVar("inside", default=False)


class Meter:
    """Counts the calls of this process, and ends it at one of them."""

    def __init__(self) -> None:
        self.calls = 0

    async def around(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call; calls inside a call are a part of it."""
        moment = "" if _inside.get() else self._moment(name)
        token = _inside.set(True)
        try:
            _die(moment == "before")
            try:
                return await call()
            finally:  # a write that met another's is a call like any other
                _die(moment == "after")
        finally:
            _inside.reset(token)

    def _moment(self, name: str) -> str:
        """Count a call; whether this process ends before or after it, or neither."""
        folder = Path(os.environ[FOLDER])
        try:
            at, moment = (folder / "arm").read_text().split()
        except FileNotFoundError:
            return ""
        self.calls += 1
        with (folder / "calls").open("a") as log:
            log.write(name + "\n")
        return moment if self.calls == int(at) else ""


def _die(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


meter = Meter()


class CrashingStore:
    """The store that MATRIX_STORE names, counted."""

    def __init__(self) -> None:
        self._inner: Store = open_store(os.environ[STORE])

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None."""
        return await meter.around("read", lambda: self._inner.get(partition, key))

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows with a prefix."""

        async def all_rows() -> list[Row]:
            return [row async for row in self._inner.scan(partition, prefix)]

        for row in await meter.around("scan", all_rows):
            yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none."""
        return await meter.around("write", lambda: self._inner.commit(partition, operations))

    async def aclose(self) -> None:
        """Release connections."""
        await self._inner.aclose()


def crashing(resource: Resource) -> Resource:
    """The same resource with every verb that its author wrote counted."""
    written = type(resource)
    counted = {verb: _counted(verb, getattr(written, verb)) for verb in VERBS if written.declares(verb)}
    resource.__class__ = type(f"Crashing{written.__name__}", (written,), counted)
    return resource


def _counted(verb: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(self: Resource, asked: Any) -> Any:
        return await meter.around(verb, lambda: method(self, asked))

    return call


class CrashingDirectory(DirectoryAdapter):
    """The directory, counted."""

    Settings = DirectorySettings

    def resources(self) -> Sequence[Resource]:
        """Users and groups."""
        return [crashing(resource) for resource in super().resources()]


class CrashingLedger(LedgerAdapter):
    """The ledger, counted."""

    Settings = LedgerSettings

    def resources(self) -> Sequence[Resource]:
        """Users."""
        return [crashing(resource) for resource in super().resources()]


class _Transport(httpx.AsyncHTTPTransport):
    """The backend's own calls are what is counted: one verb may need several."""

    def __init__(self, name: Callable[[httpx.Request], str]) -> None:
        super().__init__()
        self._name = name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await meter.around(self._name(request), lambda: super(_Transport, self).handle_async_request(request))


class CrashingReplicon(RepliconAdapter):
    """Replicon, counted by its web services."""

    Settings = RepliconSettings

    def __init__(self, settings: RepliconSettings) -> None:
        super().__init__(settings, transport=_Transport(lambda request: request.url.path.rpartition("/")[2]))


class CrashingKintone(KintoneAdapter):
    """Kintone, counted by the calls of its API, which come one after the other here."""

    Settings = KintoneSettings

    def __init__(self, settings: KintoneSettings) -> None:
        vars(membership)["WRITES_AT_ONCE"] = 1
        super().__init__(settings, transport=_Transport(_call))


def _call(request: httpx.Request) -> str:
    """Such as `PUT:user/groups`."""
    return f"{request.method}:{request.url.path.removeprefix('/v1/').removesuffix('.json')}"
