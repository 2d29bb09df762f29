"""From a request to the action that answers it: paths, methods and query parameters (RFC 7644 sections 3.2 and 4)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from scim.errors import ScimError
from scim.kind import Kind
from scim.message import Request, Response
from scim.schemas import SCHEMAS

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A routed request. `kind` and `id` are there where the path names them."""

    request: Request
    parameters: Parameters
    kind: Kind | None
    id: str

    @property
    def of(self) -> Kind:
        """The resource type of a path that names one."""
        if self.kind is None:
            raise TypeError("A route of resources has a kind.")
        return self.kind


Action = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A path below the base URL, with the methods that it has."""

    pattern: re.Pattern[str]
    actions: Mapping[str, Action]
    kind: Kind | None = None

    @classmethod
    def of(cls, pattern: str, actions: Mapping[str, Action], kind: Kind | None = None) -> Route:
        """A route by its regular expression, in which the group `id` is the resource's id. Case means nothing."""
        return cls(re.compile(pattern + "/?", re.IGNORECASE), actions, kind)

    @property
    def allow(self) -> str:
        """The methods, as the header `Allow` has them."""
        return ", ".join(sorted({*self.actions, "OPTIONS"} | ({"HEAD"} if "GET" in self.actions else set())))


def routed(routes: Iterable[Route], request: Request) -> tuple[Call, Action]:
    """The call and its action; 404 for a path that nobody has, 405 for a method that the path lacks."""
    routes = tuple(routes)
    for route in routes:
        if (match := route.pattern.fullmatch(request.path)) is None:
            continue
        id = unquote(match.groupdict().get("id") or "")
        call = Call(request, query_parameters(request.query), route.kind, id)
        method = "GET" if request.method == "HEAD" else request.method
        return call, _options(route) if method == "OPTIONS" else _action(route, method)
    raise ScimError(404, _nothing_here(request.path, {route.kind.type for route in routes if route.kind}))


def _action(route: Route, method: str) -> Action:
    if method not in route.actions:
        error = ScimError(405, f"{method} is not possible here; {route.allow} are.")
        error.headers["allow"] = route.allow
        raise error
    return route.actions[method]


def _options(route: Route) -> Action:
    async def tell(call: Call) -> Response:
        return Response(204, {**Response.empty().headers, "allow": route.allow})

    return tell


def _nothing_here(path: str, types: Collection[str]) -> str:
    first = path.strip("/").split("/", maxsplit=1)[0].casefold()
    for type, schema in SCHEMAS.items():
        if type not in types and schema.endpoint.strip("/").casefold() == first:
            return f"This connection has no {schema.endpoint.strip('/')}: its adapter does not provide them."
    return "There is no such SCIM endpoint; the Tenant URL ends in /scim/v2."


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
