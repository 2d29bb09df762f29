"""The gateway as a whole: authenticates, finds the connection and hands its request to the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from gateway.authentication.door import TOKEN_PATH, Door
from gateway.config import Config, ConfigError
from gateway.faults import place
from gateway.importing import importing
from gateway.stores import open_store
from gateway.stores.watched import Watched
from gateway.telemetry import tracing
from gateway.telemetry.requests import observed
from gateway.telemetry.shapes import SCIM_PATH
from gateway.telemetry.work import working
from scim.errors import ScimError, busy
from scim.identity.store import Store, StoreUnavailable
from scim.message import Request, Response

if TYPE_CHECKING:
    from gateway.opened import Opened
    from gateway.telemetry.spans import Spans
    from scim.sweeping import Swept

log = logging.getLogger("scimgate")
logging.getLogger("stamina").setLevel(logging.ERROR)  # its lines name neither the call nor the reason of a retry
for _talkative in ("httpx", "httpcore", "azure.core", "azure.functions"):  # theirs hold URLs, and whoever is in them
    logging.getLogger(_talkative).setLevel(logging.WARNING)


class Application:
    """Answers every request of one deployment. Clients and stores are opened when they are first needed."""

    def __init__(self, config: Config, open: Callable[[str], Store] = open_store) -> None:
        self.config = config
        self._open_store = open
        self._door = Door(config.connections, lambda: self.store)
        self._store: Store | None = None
        self._opened: dict[str, Opened] = {}
        self._tracing: Callable[[], Spans | None] = cache(lambda: tracing.opened(config.traces, config.trace_share))

    @property
    def store(self) -> Store:
        """The identity store of this process."""
        if self._store is None:
            with importing():
                self._store = Watched(self._open_store(self.config.store))
        return self._store

    def opened(self, name: str) -> Opened:
        """The connection of this name; opening it touches no network."""
        if name not in self._opened:
            with importing():
                from gateway.opened import Opened  # the engine: who is not let in does not need it

                self._opened[name] = Opened(self.config.connections[name], self.config, self.store)
        return self._opened[name]

    async def handle(self, request: Request) -> Response:
        """Answer one request. Never raises; writes one log line without query, body or token."""
        return await observed(request, self._answer, self.config.connections, self._tracing())

    async def _answer(self, request: Request) -> Response:
        if request.path in ("/healthz", "/readyz"):
            return await (self._ready() if request.path == "/readyz" else _alive())
        if match := TOKEN_PATH.fullmatch(request.path):
            return await self._door.token(match["connection"], request)
        match = SCIM_PATH.fullmatch(request.path)
        if match is None:
            return ScimError(404, "There is nothing here; a Tenant URL is /CONNECTION/scim/v2.").response()
        name = match["connection"]
        if refusal := await self._door.refusal(name, request):
            return refusal
        inner = Request(request.method, match["path"] or "/", request.query, request.headers, request.body)
        try:
            service = self.opened(name).service
        except ConfigError as error:
            log.error("The gateway cannot start the connection %s. %s", name, error)
            return busy("This connection cannot be opened; the gateway's log has the reason.").response()
        except Exception:
            log.exception("The connection cannot be opened.")
            return busy("This connection cannot be opened; the gateway's log has the reason.").response()
        return await service.handle(inner)

    async def _ready(self) -> Response:
        if faults := self.config.faults():
            log.error("The gateway cannot start all connections. %s", ConfigError("The configuration", faults))
            return busy("The gateway's configuration has faults; its log lists them.").response()
        try:
            await self.store.get("readyz", "readyz")
        except Exception as error:
            why = error if isinstance(error, StoreUnavailable) else f"{type(error).__name__} in {place(error)}"
            log.warning("Not ready: the identity store cannot be used. %s", why)
            return busy("The gateway's identity store cannot be used.").response()
        return _plain("ready")

    async def sweep(self) -> Mapping[str, Swept]:
        """Settle what interrupted requests left behind, connection by connection. Never raises; faults are logged."""
        from scim.identity.schema import MapRefused
        from scim.sweeping import Swept, sweep

        swept: dict[str, Swept] = {}
        for name in self.config.connections:
            with working(connection=name):
                try:
                    done = [await sweep(kind) for kind in self.opened(name).service.kinds]
                except Exception as error:
                    known = isinstance(error, ConfigError | MapRefused | StoreUnavailable)
                    why = error if known else type(error).__name__
                    log.warning("The connection %s cannot be swept now: %s", name, why, exc_info=not known)
                    continue
                swept[name] = sum(done, Swept())
                if swept[name] != Swept(waiting=swept[name].waiting):
                    log.info("swept %s: %s", name, swept[name])
        return swept

    async def sweep_regularly(self) -> None:
        """Sweep for ever, with the configured pause."""
        while True:
            await asyncio.sleep(self.config.sweep)
            await self.sweep()

    async def aclose(self) -> None:
        """Close everything that was opened."""
        await self._door.aclose()
        await asyncio.gather(*(opened.adapter.aclose() for opened in self._opened.values()))
        self._opened.clear()
        if self._store is not None:
            await self._store.aclose()
            self._store = None
        if spans := self._tracing():
            await asyncio.to_thread(spans.close)


async def _alive() -> Response:
    return _plain("ok")


def _plain(text: str) -> Response:
    return Response(200, {"content-type": "text/plain; charset=utf-8"}, text.encode())
