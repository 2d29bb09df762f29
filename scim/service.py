"""The SCIM service of one connection: a request in, a response out, whatever happens (RFC 7644 section 3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from scim import actions, discovery
from scim.backend import Gate, Watch, unwatched
from scim.breaker import Breaker
from scim.deadline import left, within
from scim.document import parse
from scim.errors import ScimError, busy, from_adapter, log, not_found
from scim.identity.map import IdentityMap
from scim.identity.schema import MapRefused
from scim.identity.store import StoreUnavailable
from scim.kind import Kind
from scim.listing import message
from scim.message import Request, Response
from scim.options import Options
from scim.paths import Json
from scim.routing import Call, Route, routed
from scim.schemas import SCHEMAS
from scim.searching import everywhere, parameters_of
from scim_adapter import AdapterError, Field, Resource

GRACE = 2.0
"""Seconds that an adapter has beyond its deadline before it is cut off."""
READING = ("GET", "HEAD", "OPTIONS")


class Service:
    """All resource types of one connection, below one base URL."""

    def __init__(
        self,
        resources: Sequence[Resource],
        map: IdentityMap,
        options: Options,
        base_url: str,
        attributes: Mapping[str, Field] | None = None,
        watch: Watch = unwatched,
    ) -> None:
        """`attributes` overrides and extends the adapter's mapping table of users; ValueError names a bad path."""
        self.map, self.options, self.base_url = map, options, base_url.rstrip("/")
        if not resources:
            raise ValueError("The adapter offers no resource type; there are User and Group.")
        strange = sorted({resource.type for resource in resources} - SCHEMAS.keys())
        if strange:
            raise ValueError(f"The adapter offers resources of type {', '.join(strange)}; there are User and Group.")
        gate = Gate(Breaker(options.failures_in_row, options.denials_in_row), options.calls_at_once, watch)
        self.kinds = [
            Kind(
                resource,
                SCHEMAS[resource.type],
                map,
                options,
                base_url=self.base_url,
                gate=gate,
                attributes=attributes if resource.type == "User" else None,
            )
            for resource in resources
        ]
        for kind in self.kinds:
            kind.guard = partial(actions.alone, kind)
            kind.peers = {peer.type: peer for peer in self.kinds}
        self._routes = self._table()
        self._writing = [
            replace(route, actions=kept)
            for route in self._routes
            if (kept := {method: action for method, action in route.actions.items() if action is actions.write})
        ]

    async def handle(self, request: Request) -> Response:
        """Answer a request. Never raises."""
        return await self._answer(request, self._routes)

    async def _write(self, request: Request) -> Response:
        """Answer one operation of a Bulk. Never raises."""
        return await self._answer(request, self._writing)

    async def _answer(self, request: Request, routes: Sequence[Route]) -> Response:
        kind, listing = None, False
        try:
            call, action = routed(routes, request)
            reading = request.method in READING or call.request.path.casefold().rstrip("/").endswith("/.search")
            kind, listing = call.kind, reading and not call.id
            limit = self.options.read_deadline if reading else self.options.write_deadline
            async with asyncio.timeout(left(limit) + GRACE):
                return await (action(call) if reading else self._written(action(call)))
        except Exception as error:
            return _failed(error, kind, listing=listing).response()

    async def _written(self, answer: Awaitable[Response]) -> Response:
        """The answer to a write; lists that were collected before its end are collected anew."""
        try:
            return await answer
        finally:
            for kind in self.kinds:
                kind.snapshots.clear()

    def _table(self) -> list[Route]:
        routes = []
        for kind in self.kinds:
            endpoint = re.escape(kind.schema.endpoint)
            one = {"GET": actions.read, **dict.fromkeys(("PATCH", "PUT", "DELETE"), actions.write)}
            routes += [
                Route.of(endpoint, {"GET": actions.list_, "POST": actions.write}, kind),
                Route.of(endpoint + r"/\.search", {"POST": actions.search}, kind),
                Route.of(endpoint + "/(?P<id>[^/]+)", one, kind),
            ]
        return [
            *routes,
            Route.of("", {"GET": self._everywhere}),
            Route.of(r"/\.search", {"POST": self._everywhere}),
            Route.of("/ServiceProviderConfig", {"GET": self._config}),
            Route.of("/ResourceTypes(?:/(?P<id>[^/]+))?", {"GET": self._resource_types}),
            Route.of("/Schemas(?:/(?P<id>[^/]+))?", {"GET": self._schemas}),
            Route.of("/Bulk", {"POST": self._bulk}),
            Route.of("/Me", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), actions.unsupported)),
        ]

    async def _everywhere(self, call: Call) -> Response:
        asked = call.parameters if call.request.method != "POST" else parameters_of(parse(call.request.body))
        return Response.of(200, await everywhere(self.kinds, asked))

    async def _bulk(self, call: Call) -> Response:
        from scim.bulk.request import answered

        kinds = {kind.schema.endpoint.casefold(): kind for kind in self.kinds}
        with within(self.options.write_deadline):
            return await answered(call.request.body, self.options, self.base_url, kinds, self._write)

    # -- discovery (RFC 7644 section 4) ----------------------------------------------------------------------------

    async def _config(self, call: Call) -> Response:
        _demand_unfiltered(call)
        return Response.of(200, discovery.service_provider_config(self.base_url, self.options, self.kinds))

    async def _resource_types(self, call: Call) -> Response:
        return _told(call, [discovery.resource_type(kind, self.base_url) for kind in self.kinds])

    async def _schemas(self, call: Call) -> Response:
        found = {schema.id: schema for kind in self.kinds for schema in discovery.schemas_of(kind)}
        return _told(call, [discovery.schema_document(s, self.base_url) for s in found.values()])


def _demand_unfiltered(call: Call) -> None:
    if "filter" in call.parameters:
        raise ScimError(403, "Discovery endpoints cannot be filtered (RFC 7644 section 4).")


def _told(call: Call, documents: list[Json]) -> Response:
    _demand_unfiltered(call)
    if not call.id:
        return Response.of(200, message(documents, len(documents), 1))
    one = next((d for d in documents if d["id"].casefold() == call.id.casefold()), None)
    if one is None:
        raise not_found("such thing")
    return Response.of(200, one)


def _failed(error: Exception, kind: Kind | None, *, listing: bool) -> ScimError:
    match error:
        case ScimError():
            return error
        case AdapterError():
            return from_adapter(error, path_of=kind.path_of if kind else lambda _: None, listing=listing)
        case TimeoutError():
            return busy("The backend did not answer in time; repeat the request.")
        case StoreUnavailable():
            log.error("The identity store cannot be used: %s", error)
            return busy("The gateway's identity store cannot be used at the moment; repeat the request.")
        case MapRefused():
            log.error("%s", error)
            return busy("The gateway's identity map belongs to another connection; its operator must settle this.")
    log.error("A request failed in an unforeseen way.", exc_info=error)
    return ScimError(500, "The gateway failed in an unforeseen way; its log has the details.")
