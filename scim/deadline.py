"""When work must be over: what runs inside something else ends with it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_END: ContextVar[float] = ContextVar("end", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything that starts in here is over after so many seconds, counted from now."""
    token = _END.set(ends(seconds))
    try:
        yield
    finally:
        _END.reset(token)


def ends(seconds: float) -> float:
    """The moment, by `time.monotonic`, at which something is over that may take so many seconds from now."""
    return min(time.monotonic() + seconds, _END.get())


def left(seconds: float = math.inf) -> float:
    """How many of so many seconds there really are."""
    return ends(seconds) - time.monotonic()
