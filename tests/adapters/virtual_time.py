"""A clock that waiting turns: hours of sleeping pass at once, on one event loop without sockets."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        self._clock.now += 0 if ready else timeout or 0
        return ready


class Clock(asyncio.SelectorEventLoop):
    """An event loop and the time on it; `time.monotonic` tells the same."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """The moment."""
        return self.now

    def runs(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, whatever time it takes."""
        return self.run_until_complete(work)


@contextmanager
def virtual(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock; adapters and simulators that are made inside go by it."""
    clock = Clock()
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: clock.now)
        yield clock
    clock.close()
