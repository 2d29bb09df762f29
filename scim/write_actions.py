"""What the methods that write do at the endpoints of resources (RFC 7644 3.3, 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from scim.actions import answer
from scim.changing import change, replace
from scim.creating.create import create
from scim.document import canonical, parse
from scim.errors import log
from scim.kind import Kind
from scim.message import Response
from scim.paths import Json
from scim.projection import Projection
from scim.removing import remove
from scim.routing import Call
from scim.vanished import explained
from scim.versions import Conditions
from scim.writing import Written
from scim_adapter import Invalid

IGNORED_HEADER = "x-scimgate-ignored"


async def _create(call: Call) -> Response:
    """POST of a resource."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, _sent(call))
    await kind.prepare()
    return _answer(201, kind, projection, await _done(kind, resource, create(kind, resource)))


async def _change(call: Call) -> Response:
    """PATCH of a resource; 204 where it speaks of members and does not ask for attributes."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    body = _sent(call)
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    shown = bool(call.parameters.get("attributes", "").strip())
    made = await _done(kind, body, change(kind, call.id, body, when, shown=shown))
    answered = _answer(200, kind, projection, made)
    if shown or kind.options.patch_answer != "empty":
        return answered
    return Response(204, {name: value for name, value in answered.headers.items() if name != "content-location"})


async def _replace(call: Call) -> Response:
    """PUT of a resource."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, _sent(call))
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    return _answer(200, kind, projection, await _done(kind, resource, replace(kind, call.id, resource, when)))


async def _remove(call: Call) -> Response:
    """DELETE of a resource."""
    kind = call.of
    await kind.prepare()
    await remove(kind, call.id, Conditions.of(call.request.headers))
    return Response.empty()


def _sent(call: Call) -> Json:
    document: Json = call.of.references.understood(parse(call.request.body))
    return document


async def _done(kind: Kind, document: Json, work: Awaitable[Written]) -> Written:
    """What a write comes to; where the backend refuses members, the ids of those who are gone from it are named."""
    try:
        return await work
    except Invalid as error:
        raise await explained(kind, error, document) from None


def _answer(status: int, kind: Kind, projection: Projection, made: Written) -> Response:
    headers = _left_out(kind, made.ignored)
    if made.resource is None:
        return Response(204, {**Response.empty().headers, **headers})
    return answer(status, projection, made.resource, headers)


def _left_out(kind: Kind, ignored: list[str]) -> dict[str, str]:
    """The header that names what the connection does not hold; the log has it too."""
    if not ignored:
        return {}
    names = ignored[:20] + ([f"and {len(ignored) - 20} more"] if len(ignored) > 20 else [])
    told = ", ".join(names).encode("ascii", "replace").decode()
    log.info("Left out of a %s, because this connection does not hold it: %s", kind.type, told)
    return {IGNORED_HEADER: told}


ACTIONS: Mapping[str, Callable[[Call], Awaitable[Response]]] = {
    "POST": _create,
    "PATCH": _change,
    "PUT": _replace,
    "DELETE": _remove,
}
