"""What each method does at the endpoints of resources (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Awaitable

from scim.changing import change, replace
from scim.creating.create import create
from scim.document import canonical, parse
from scim.errors import ScimError, log
from scim.kind import Kind
from scim.listing import listing
from scim.message import Response
from scim.paths import Json
from scim.projection import Projection
from scim.removing import remove
from scim.routing import Call, Parameters
from scim.searching import parameters_of
from scim.vanished import explained
from scim.versions import Conditions
from scim.writing import Written
from scim_adapter import Invalid

IGNORED_HEADER = "x-scimgate-ignored"


async def list_(call: Call) -> Response:
    """GET of a resource type."""
    return await _listed(call.of, call.parameters)


async def search(call: Call) -> Response:
    """POST of a `.search` (RFC 7644 3.4.3): a list whose parameters stand in the body."""
    return await _listed(call.of, parameters_of(parse(call.request.body)))


async def _listed(kind: Kind, parameters: Parameters) -> Response:
    projection = Projection(kind.schema, parameters)
    await kind.prepare()
    return Response.of(200, await listing(kind, parameters, projection))


async def read(call: Call) -> Response:
    """GET of a resource; 304 where the client has this version."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    await kind.prepare()
    link = await kind.linked(call.id)
    fields = kind.fields(projection)
    record = await kind.fetch(link, kind.asking(), fields)
    resource = await kind.present(record, link, whole=fields is None)
    tag = resource["meta"]["version"]
    if Conditions.of(call.request.headers).unchanged(tag):
        return Response(304, {"etag": tag})
    return _answer(200, kind, projection, Written(resource, []))


async def create_(call: Call) -> Response:
    """POST of a resource."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, _sent(call))
    await kind.prepare()
    return _answer(201, kind, projection, await _done(kind, resource, create(kind, resource)))


async def change_(call: Call) -> Response:
    """PATCH of a resource; 204 where it speaks of members and does not ask for attributes."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    body = _sent(call)
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    shown = bool(call.parameters.get("attributes", "").strip())
    made = await _done(kind, body, change(kind, call.id, body, when, shown=shown))
    if kind.options.patch_answer == "empty" and not shown:
        made = Written(None, made.ignored)
    return _answer(200, kind, projection, made)


async def replace_(call: Call) -> Response:
    """PUT of a resource."""
    kind = call.of
    projection = Projection(kind.schema, call.parameters)
    resource = canonical(kind.schema, _sent(call))
    await kind.prepare()
    when = Conditions.of(call.request.headers)
    return _answer(200, kind, projection, await _done(kind, resource, replace(kind, call.id, resource, when)))


async def remove_(call: Call) -> Response:
    """DELETE of a resource."""
    kind = call.of
    await kind.prepare()
    await remove(kind, call.id, Conditions.of(call.request.headers))
    return Response.empty()


async def unsupported(call: Call) -> Response:
    """501, with the words of SCIM."""
    raise ScimError(501, "This endpoint is not supported; ServiceProviderConfig tells what is.")


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
