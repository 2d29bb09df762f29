"""One log line for each request, and its correlation id on the answer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable, Container, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.telemetry.shapes import Shape, shape
from gateway.telemetry.work import HEADER, Trace, Work, given, traceparent, working
from scim.identity.ids import well_formed
from scim.message import Request, Response

log = logging.getLogger("scimgate")
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one request. Logged as it is: as text by its `str`, as JSON by its `fields`."""

    fields: dict[str, Any]

    def __str__(self) -> str:
        told = self.fields
        more = "".join(f" {name}={told[name]}" for name in ("id", "scimType", "backend", "store") if name in told)
        return f"{told['method']} {told.get('connection', '-')} {told['route']} {told['status']} {told['ms']} ms{more}"


class RequestTrace(Trace, Protocol):
    """The trace of a request that is being answered."""

    def tell(self, fields: Mapping[str, Any], correlation: str) -> None:
        """What is told in the request's line."""


class Tracing(Protocol):
    """Whoever wants traces."""

    def request(self, parent: tuple[str, str] | None) -> AbstractContextManager[RequestTrace | None]:
        """Surrounds a request; None where this one is not traced. `parent` is its caller's trace id and span id."""


async def observed(
    request: Request,
    answer: Callable[[Request], Awaitable[Response]],
    connections: Container[str] = (),
    tracing: Tracing | None = None,
) -> Response:
    """The answer to a request, logged, with its correlation id. `connections` are the names that may be logged."""
    started, shaped = time.perf_counter(), shape(request.path, connections)
    with working(given(request.headers), shaped.connection) as work, _traced(tracing, request) as trace:
        work.trace = trace
        response = await answer(request)
        taken = round((time.perf_counter() - started) * 1000, 1)
        line = Line(_fields(request, shaped, response, taken, work))
        log.info(line)
        if trace:
            trace.tell(line.fields, work.id)
    return Response(response.status, {**response.headers, HEADER: work.id}, response.content)


def _traced(tracing: Tracing | None, request: Request) -> AbstractContextManager[RequestTrace | None]:
    return tracing.request(traceparent(request.headers)) if tracing else nullcontext()


def _fields(request: Request, shape: Shape, response: Response, taken: float, work: Work) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "method": request.method if request.method in METHODS else "other",
        "connection": shape.connection,
        "route": shape.route,
        "id": shape.id or _made(response),
        "status": response.status,
        "scimType": _scim_type(response),
    }
    costs = {"ms": taken, "backend": work.backend, "store": work.store}
    return {name: value for name, value in fields.items() if value} | costs


def _made(response: Response) -> str:
    """The id of a resource that was created."""
    id = response.headers.get("location", "").rpartition("/")[2] if response.status == 201 else ""
    return id if well_formed(id) else ""


def _scim_type(response: Response) -> str:
    """The `scimType` of an error (RFC 7644 3.12); its detail may speak of a person, so it is not told."""
    if response.status < 400 or b'"scimType"' not in response.body:
        return ""
    return str(json.loads(response.body)["scimType"])
