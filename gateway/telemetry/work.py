"""The piece of work that is under way, a request or a sweep: its correlation id, what it has cost, its trace."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

HEADER = "x-correlation-id"
"""The header of every answer that tells its correlation id."""
GIVEN = ("client-request-id", "x-ms-client-request-id", "x-correlation-id", "x-request-id")
"""Headers by which a client names its request; the first that is usable counts."""
USABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


class Trace(Protocol):
    """The trace of one request."""

    def step(self, what: str) -> AbstractContextManager[object]:
        """A call of the backend or an operation of the store, as in "find User"."""


@dataclass(slots=True)
class Work:
    """One piece of work."""

    id: str
    """Its correlation id, in every line that is logged meanwhile."""
    connection: str = ""
    """Whose it is, once that is known."""
    backend: int = 0
    """Calls of the adapter's verbs so far."""
    store: int = 0
    """Operations of the identity store so far."""
    trace: Trace | None = None


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def current() -> Work | None:
    """The work that this task is part of."""
    return _current.get()


@contextmanager
def working(id: str = "", connection: str = "") -> Iterator[Work]:
    """Everything that is awaited inside is part of one piece of work; without an id it gets a new one."""
    work = Work(id or uuid.uuid4().hex, connection)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def backend_call(what: str) -> AbstractContextManager[object]:
    """Surrounds a call of an adapter's verb."""
    if (work := current()) is None:
        return nullcontext()
    work.backend += 1
    return work.trace.step(what) if work.trace else nullcontext()


def store_operation(what: str) -> AbstractContextManager[object]:
    """Surrounds an operation of the identity store."""
    if (work := current()) is None:
        return nullcontext()
    work.store += 1
    return work.trace.step(what) if work.trace else nullcontext()


def given(headers: Mapping[str, str]) -> str:
    """The correlation id that a client sent along: a name of its own, or the trace id of W3C Trace Context; or "".

    What is longer, shorter or made of other characters could be anything, and is not repeated in logs and answers.
    """
    for name in GIVEN:
        if USABLE.fullmatch(headers.get(name, "")):
            return headers[name]
    parent = traceparent(headers)
    return parent[0] if parent else ""


def traceparent(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Trace id and parent id of the header `traceparent` (W3C Trace Context 3.2); None where it is malformed."""
    match = TRACEPARENT.fullmatch(headers.get("traceparent", "")[:100])
    return (match[1], match[2]) if match else None
