"""Traces by OpenTelemetry: a span for each request, each call of a backend and each operation of the store.

This module is imported only where the configuration asks for traces: it needs `requirements-telemetry.txt`. A span has
the fields of the request's log line but for the id, and the class of an error but not what it says.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from scim.identity.store import Conflict
from scim_adapter import AdapterError, Denied, Unavailable

SERVICE = "scimgate"
NAMES = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "connection": "scimgate.connection",
    "scimType": "scimgate.scim_type",
    "backend": "scimgate.backend_calls",
    "store": "scimgate.store_operations",
}
"""Attributes of a request's span by the fields of its line; names are OpenTelemetry's where it has one."""


class Spans:
    """Makes traces of a share of all requests, chosen by us: a caller must not be able to raise our bill."""

    def __init__(self, exporter: SpanExporter, share: float, marks: Mapping[str, float] | None = None) -> None:
        """`marks` are attributes of every span."""
        self._share, self._marks = share, dict(marks or {})
        self._provider = TracerProvider(resource=Resource({"service.name": SERVICE}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SERVICE)

    @contextmanager
    def request(self, parent: tuple[str, str] | None) -> Iterator[RequestSpan | None]:
        """The span of a request, below its caller's; None for one of those that are not traced."""
        if random.random() >= self._share:  # noqa: S311 - chooses samples, guards nothing
            yield None
            return
        span = self._tracer.start_span("request", _context(parent), SpanKind.SERVER, self._marks)
        try:
            yield RequestSpan(self._tracer, span, self._marks)
        finally:
            span.end()

    def close(self) -> None:
        """Send what is left; may wait for the network."""
        self._provider.shutdown()


class RequestSpan:
    """The span of one request."""

    def __init__(self, tracer: Tracer, span: Span, marks: Mapping[str, float]) -> None:
        self._tracer, self._span, self._marks = tracer, span, dict(marks)
        self._context = set_span_in_context(span)

    def tell(self, fields: Mapping[str, Any], correlation: str) -> None:
        """The request's line, without the id of a person."""
        self._span.update_name(f"{fields['method']} {fields['route']}")
        self._span.set_attributes({NAMES[name]: value for name, value in fields.items() if name in NAMES})
        self._span.set_attribute("scimgate.correlation_id", correlation)
        if fields["status"] >= 500:
            self._span.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A call of the backend or an operation of the store."""
        span = self._tracer.start_span(what, self._context, SpanKind.CLIENT, self._marks)
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            if not _ordinary(error):
                span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()


def _ordinary(error: BaseException) -> bool:
    """Whether it is an answer, and no fault: there is no such record, another request was first."""
    return isinstance(error, AdapterError | Conflict) and not isinstance(error, Denied | Unavailable)


def _context(parent: tuple[str, str] | None) -> Context:
    if parent is None:
        return Context()
    trace, span = (int(one, 16) for one in parent)
    return set_span_in_context(
        NonRecordingSpan(SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))),
        Context(),
    )
