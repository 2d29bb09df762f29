"""An exporter that keeps what it is given, for traces = "python:tests.gateway.telemetry.exporting:Kept"."""

from __future__ import annotations

from typing import ClassVar

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Kept(InMemorySpanExporter):
    """The last one that was made is `Kept.last`."""

    last: ClassVar[Kept]

    def __init__(self) -> None:
        super().__init__()
        Kept.last = self


def broken() -> None:
    """An exporter that cannot be made; what it says holds a key."""
    raise ValueError("InstrumentationKey=s3cret")
