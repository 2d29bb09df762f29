"""The SCIM service of one connection: a request in, a response out, whatever happens (RFC 7644 section 3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from scim import discovery
from scim.changing import change, replace
from scim.creating import Created, create
from scim.document import canonical, parse
from scim.errors import ScimError, busy, from_adapter, log, not_found
from scim.identity.map import IdentityMap
from scim.identity.schema import MapRefused
from scim.identity.store import StoreUnavailable
from scim.kind import Kind
from scim.listing import listing, message
from scim.message import Request, Response
from scim.options import Options
from scim.paths import Json
from scim.projection import Projection
from scim.removing import remove
from scim.schemas import GROUPS, USERS
from scim.versions import Conditions
from scim_adapter import AdapterError, Field, Resource

IGNORED_HEADER = "x-scimgate-ignored"
GRACE = 2.0
"""Seconds that an adapter has beyond its deadline before it is cut off."""
READING = ("GET", "HEAD")
SCHEMAS = {"User": USERS, "Group": GROUPS}
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Call:
    """A routed request."""

    request: Request
    parameters: Parameters
    kind: Kind | None
    id: str


class Service:
    """All resource types of one connection, below one base URL."""

    def __init__(
        self,
        resources: Sequence[Resource],
        map: IdentityMap,
        options: Options,
        base_url: str,
        attributes: Mapping[str, Field] | None = None,
    ) -> None:
        """`attributes` overrides and extends the adapter's mapping table of users; ValueError names a bad path."""
        self.map, self.options, self.base_url = map, options, base_url.rstrip("/")
        self.kinds = [
            Kind(
                resource,
                SCHEMAS[resource.type],
                map,
                options,
                base_url=self.base_url,
                attributes=attributes if resource.type == "User" else None,
            )
            for resource in resources
        ]
        self._routes = _routes(self)

    async def handle(self, request: Request) -> Response:
        """Answer a request. Never raises."""
        kind, listing = None, False
        try:
            call, action = self._route(request)
            kind, listing = call.kind, request.method in READING and not call.id
            limit = self.options.read_deadline if request.method in READING else self.options.write_deadline
            async with asyncio.timeout(limit + GRACE):
                return await (action(call) if request.method in READING else self._written(action(call)))
        except Exception as error:
            return _failed(error, kind, listing=listing).response()

    async def _written(self, answer: Awaitable[Response]) -> Response:
        """The answer to a write; lists that were collected before its end are collected anew."""
        try:
            return await answer
        finally:
            for kind in self.kinds:
                kind.snapshots.clear()

    def _route(self, request: Request) -> tuple[_Call, Callable[[_Call], Awaitable[Response]]]:
        for route in self._routes:
            if (match := route.pattern.fullmatch(request.path)) is None:
                continue
            method = "GET" if request.method == "HEAD" else request.method
            if method not in route.actions:
                allowed = ", ".join(sorted(route.actions))
                error = ScimError(405, f"{request.method} is not possible here; {allowed} are.")
                error.headers["allow"] = allowed
                raise error
            id = unquote(match.groupdict().get("id") or "")
            return _Call(request, query_parameters(request.query), route.kind, id), route.actions[method]
        raise ScimError(404, "There is no such SCIM endpoint; the Tenant URL ends in /scim/v2.")


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


def query_parameters(query: str) -> dict[str, str]:
    """The parameters by lower-case name; the first of repeated ones counts and unknown ones do no harm.

    Entra encodes as a form, with `+` for a blank and `%2B` for a plus sign; others send `%20`. A value that has
    `%20` was not encoded as a form, so its `+` is a plus sign.
    """
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        decode = unquote if "%20" in value else unquote_plus
        found.setdefault(unquote_plus(name).lower(), decode(value))
    return found


# -- routes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Route:
    pattern: re.Pattern[str]
    actions: Mapping[str, Callable[[_Call], Awaitable[Response]]]
    kind: Kind | None = None


def _routes(service: Service) -> list[_Route]:
    routes = []
    for kind in service.kinds:
        endpoint = re.escape(kind.schema.endpoint)
        routes += [
            _route(endpoint, {"GET": _list, "POST": _create}, kind),
            _route(
                endpoint + "/(?P<id>[^/]+)", {"GET": _read, "PATCH": _change, "PUT": _replace, "DELETE": _remove}, kind
            ),
        ]
    told = _Told(service)
    return [
        *routes,
        _route("/ServiceProviderConfig", {"GET": told.config}),
        _route("/ResourceTypes(?:/(?P<id>[^/]+))?", {"GET": told.resource_types}),
        _route("/Schemas(?:/(?P<id>[^/]+))?", {"GET": told.schemas}),
        _route("/(?:Me|Bulk)", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), _unsupported)),
    ]


def _route(
    pattern: str, actions: Mapping[str, Callable[[_Call], Awaitable[Response]]], kind: Kind | None = None
) -> _Route:
    return _Route(re.compile(pattern + "/?", re.IGNORECASE), actions, kind)


class _Told:
    """The discovery endpoints."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def config(self, call: _Call) -> Response:
        options = self._service.options
        return Response.of(200, discovery.service_provider_config(self._service.base_url, options.max_page_size))

    async def resource_types(self, call: _Call) -> Response:
        base_url = self._service.base_url
        return _told(call, [discovery.resource_type(kind, base_url) for kind in self._service.kinds])

    async def schemas(self, call: _Call) -> Response:
        found = {schema.id: schema for kind in self._service.kinds for schema in discovery.schemas_of(kind)}
        return _told(call, [discovery.schema_document(s, self._service.base_url) for s in found.values()])


def _told(call: _Call, documents: list[Json]) -> Response:
    if "filter" in call.parameters:
        raise ScimError(403, "Discovery endpoints cannot be filtered (RFC 7644 section 4).")
    if not call.id:
        return Response.of(200, message(documents, len(documents), 1))
    one = next((d for d in documents if d["id"].casefold() == call.id.casefold()), None)
    if one is None:
        raise not_found("such thing")
    return Response.of(200, one)


# -- resources -------------------------------------------------------------------------------------------------------


def _of(call: _Call) -> Kind:
    if call.kind is None:
        raise TypeError("A route of resources has a kind.")
    return call.kind


async def _list(call: _Call) -> Response:
    kind = _of(call)
    projection = Projection(kind.schema, call.parameters)
    await kind.prepare()
    resources, total, start = await listing(kind, call.parameters, projection)
    return Response.of(200, message([projection.of(r) for r in resources], total, start))


async def _read(call: _Call) -> Response:
    kind = _of(call)
    projection = Projection(kind.schema, call.parameters)
    await kind.prepare()
    link = await kind.linked(call.id)
    fields = kind.fields(projection)
    record = await kind.fetch(link, kind.asking(), fields)
    resource = await kind.present(record, link, whole=fields is None)
    tag = resource["meta"]["version"]
    if Conditions.of(call.request.headers).unchanged(tag):
        return Response(304, {"etag": tag})
    return _answer(200, kind, projection, Created(resource, []))


async def _create(call: _Call) -> Response:
    kind = _of(call)
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, parse(call.request.body))
    await kind.prepare()
    return _answer(201, kind, projection, await create(kind, resource))


async def _change(call: _Call) -> Response:
    kind = _of(call)
    projection = Projection(kind.schema, call.parameters)
    body = parse(call.request.body)
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    shown = bool(call.parameters.get("attributes", "").strip())
    return _answer(200, kind, projection, await change(kind, call.id, body, when, shown=shown))


async def _remove(call: _Call) -> Response:
    kind = _of(call)
    await kind.prepare()
    await remove(kind, call.id, Conditions.of(call.request.headers))
    return Response.empty()


async def _replace(call: _Call) -> Response:
    kind = _of(call)
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, parse(call.request.body))
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    return _answer(200, kind, projection, await replace(kind, call.id, resource, when))


async def _unsupported(call: _Call) -> Response:
    raise ScimError(501, "This endpoint is not supported; ServiceProviderConfig tells what is.")


def _answer(status: int, kind: Kind, projection: Projection, made: Created) -> Response:
    headers: dict[str, str] = {}
    if made.resource is not None:
        headers["location"] = made.resource["meta"]["location"]
        headers["etag"] = made.resource["meta"]["version"]
    if status == 200 and headers:
        headers["content-location"] = headers["location"]
    if made.ignored:
        names = made.ignored[:20] + ([f"and {len(made.ignored) - 20} more"] if len(made.ignored) > 20 else [])
        headers[IGNORED_HEADER] = ", ".join(names).encode("ascii", "replace").decode()
        log.info("Left out of a %s, because this connection does not hold it: %s", kind.type, headers[IGNORED_HEADER])
    if made.resource is None:
        return Response(204, {**Response.empty().headers, **headers})
    return Response.of(status, projection.of(made.resource), headers)
