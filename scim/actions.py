"""What is done at the endpoints of resources: reading them; and where writing is found (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from scim.document import parse
from scim.errors import ScimError
from scim.kind import Kind
from scim.listing import listing
from scim.message import Response
from scim.paths import Json
from scim.projection import Projection
from scim.routing import Call, Parameters
from scim.searching import parameters_of
from scim.versions import Conditions
from scim_adapter import Ask


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
    return answer(200, projection, resource)


async def unsupported(call: Call) -> Response:
    """501, with the words of SCIM."""
    raise ScimError(501, "This endpoint is not supported; ServiceProviderConfig tells what is.")


def answer(status: int, projection: Projection, resource: Json, more: Mapping[str, str] | None = None) -> Response:
    """A resource, with the headers that say where it is and which version of it this is."""
    place = resource["meta"]["location"]
    headers = {"location": place, "etag": resource["meta"]["version"]}
    if status == 200:
        headers["content-location"] = place
    return Response.of(status, projection.of(resource), {**headers, **(more or {})})


# Clients begin with a search: what writes is imported when somebody does.


async def write(call: Call) -> Response:
    """POST, PATCH, PUT or DELETE of a resource."""
    from scim.write_actions import ACTIONS

    return await ACTIONS[call.request.method](call)


def alone(kind: Kind, ask: Ask, type: str, key: str) -> AbstractAsyncContextManager[None]:
    """The turn at a record that an adapter changes beside another one (`Ask.alone`)."""
    from scim.turns import alone

    return alone(kind, ask, type, key)
