"""The circuit breaker of one connection: a backend that is down, or refuses our credentials, is left alone a while.

Calls that fail in a row open it. Calls are then refused at once, with the moment at which one is let through again;
that probe closes it or opens it for twice as long. Clients lose nothing: they would have failed, only later.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from scim.errors import log
from scim_adapter import AdapterError, Ask, Denied, Unavailable

TRUSTED = 300.0
"""Seconds of a backend's Retry-After that are believed."""


@dataclass(frozen=True, slots=True)
class Pause:
    """How long one kind of failure keeps calls away: at first, and at most, in seconds."""

    first: float
    most: float

    def after(self, times: int) -> float:
        """The pause after the breaker opened so many times in a row."""
        return min(self.most, self.first * 2.0 ** min(times, 30))


DOWN, REFUSED = Pause(1.0, 30.0), Pause(5.0, 300.0)


class Breaker:
    """Closed until `failures` calls in a row had no usable answer, or `denials` in a row were denied."""

    def __init__(self, failures: int, denials: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures, self._denials, self._clock = failures, denials, clock
        self._row = self._times = 0
        self._last: AdapterError | None = None
        self._until: float | None = None
        """When the next probe may be made; None while it is closed."""
        self._probing = False

    def refuse(self) -> None:
        """Raise what the backend failed with, if it is not to be asked now."""
        if self._until is None:
            return
        left = self._until - self._clock()
        if left > 0 or self._probing:
            raise self._again(max(1.0, left))

    def begin(self) -> bool:
        """A call begins, or is refused. True for the one that probes."""
        self.refuse()
        self._probing = self._until is not None
        return self._probing

    def end(self, ask: Ask, error: BaseException | None, *, probe: bool) -> None:
        """A call came to its end, with an answer or an error."""
        if probe:
            self._probing = False
        failure = _failure(error, ask)
        if failure is not None:
            self._failed(failure, probe=probe)
        elif error is None or _answered(error):
            self._close()

    def _failed(self, error: AdapterError, *, probe: bool) -> None:
        if self._until is not None and not probe:
            return  # it began before the others failed, and says nothing new
        self._row = self._row + 1 if type(error) is type(self._last) else 1
        self._last = error
        if probe or self._row >= (self._denials if isinstance(error, Denied) else self._failures):
            self._open(error)

    def _open(self, error: AdapterError) -> None:
        pause = (REFUSED if isinstance(error, Denied) else DOWN).after(self._times)
        asked = error.retry_after if isinstance(error, Unavailable) else None
        pause = max(pause, min(asked or 0.0, TRUSTED))
        self._until, self._times = self._clock() + pause, self._times + 1
        log.warning("The backend fails (%s); it is left alone for %.0f s.", _word(error), pause)

    def _close(self) -> None:
        if self._until is not None:
            log.warning("The backend answers again.")
        self._row, self._times, self._last, self._until = 0, 0, None, None

    def _again(self, left: float) -> AdapterError:
        message = f"{str(self._last).rstrip('.')}; it is asked again in {math.ceil(left)} s."
        if isinstance(self._last, Denied):
            return Denied(message)
        return Unavailable(message, retry_after=left, unsent=True)


def _failure(error: BaseException | None, ask: Ask) -> AdapterError | None:
    """What speaks against the backend: no answer, also when we stopped waiting for one, or our credentials refused."""
    if isinstance(error, Denied) or (isinstance(error, Unavailable) and not error.throttled):
        return error
    if isinstance(error, TimeoutError) or (isinstance(error, asyncio.CancelledError) and not ask.left):
        return Unavailable("The backend did not answer in time.")
    return None


def _answered(error: BaseException) -> bool:
    """Whether an error is the backend's answer. One that is throttled is neither well nor down."""
    return isinstance(error, AdapterError) and not isinstance(error, Unavailable)


def _word(error: AdapterError) -> str:
    return "it refuses the gateway's credentials" if isinstance(error, Denied) else "no usable answers"
