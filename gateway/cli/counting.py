"""What one step costs, in calls of the contract's verbs and in HTTP requests that were answered, and what it logs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from scim_adapter import Resource

COUNTED = ("find", "get")
REQUESTS = "requests"


class _Requests(logging.Handler):
    """httpx writes one line for each answer."""

    def __init__(self, calls: Counter[str]) -> None:
        super().__init__(logging.INFO)
        self._calls = calls

    def emit(self, record: logging.LogRecord) -> None:
        self._calls[REQUESTS] += 1


@contextmanager
def counting(resources: Iterable[Resource]) -> Iterator[Counter[str]]:
    """Counts from now on, for as long as the context lasts; `clear` it before each step."""
    calls: Counter[str] = Counter()
    for resource in resources:
        for verb in COUNTED:
            with suppress(AttributeError, TypeError):  # a resource that lets nobody set its attributes is not counted
                setattr(resource, verb, _counted(getattr(resource, verb), verb, calls))
    client, handler = logging.getLogger("httpx"), _Requests(calls)
    before = client.level, client.propagate
    client.addHandler(handler)
    client.propagate = False
    client.setLevel(logging.INFO)
    try:
        yield calls
    finally:
        client.removeHandler(handler)
        client.level, client.propagate = before


class _Remarks(logging.Handler):
    """Keeps what is logged, without tracebacks."""

    def __init__(self, remarks: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._remarks = remarks

    def emit(self, record: logging.LogRecord) -> None:
        self._remarks.append(record.getMessage())


@contextmanager
def noted() -> Iterator[list[str]]:
    """What adapters have to say beside their answers: everything that is logged as a warning meanwhile."""
    remarks: list[str] = []
    handler, root = _Remarks(remarks), logging.getLogger()
    root.addHandler(handler)
    try:
        yield remarks
    finally:
        root.removeHandler(handler)


def _counted(method: Callable[..., Awaitable[Any]], verb: str, calls: Counter[str]) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: Any, **named: Any) -> Any:
        calls[verb] += 1
        return await method(*arguments, **named)

    return call


def told(calls: Mapping[str, int]) -> str:
    """The counts in words."""
    words = [f"{calls[verb]} {verb}" for verb in COUNTED if calls.get(verb)]
    if requests := calls.get(REQUESTS):
        words.append(f"{requests} HTTP request{'s' if requests > 1 else ''}")
    return ", ".join(words)
