"""How many calls a backend takes in a time: classes of methods, each with a window of its own."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from scim_adapter.contract import Ask
from scim_adapter.errors import Unavailable
from scim_adapter.scim_backend.profile import Rate

SLOWLY = "The backend takes no more calls of this kind for now."


class _Window:
    """The calls of one class in the last seconds, and until when there may be none."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.calls: deque[float] = deque()
        self.closed_until = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next call may be made."""
        while self.calls and self.calls[0] <= now - self.rate.seconds:
            self.calls.popleft()
        full = len(self.calls) >= self.rate.limit
        opens = self.calls[-self.rate.limit] + self.rate.seconds if full else now
        return max(opens, self.closed_until, now) - now


class Rates:
    """Keeps the calls of this process within the rates of a profile.

    A call waits when its client still can, and is refused at once when it cannot: a backend that counts refused calls
    too must not be asked in vain.
    """

    def __init__(
        self,
        rates: Sequence[Rate],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._windows = [_Window(rate) for rate in rates]
        self._clock, self._sleep = clock, sleep

    def _of(self, method: str) -> list[_Window]:
        return [window for window in self._windows if method in window.rate.methods]

    async def enter(self, method: str, ask: Ask) -> None:
        """Wait for a call's turn and take it; `Unavailable`, throttled, when it will not come in time."""
        while (seconds := self._wait(method)) > 0:
            if seconds >= ask.left:
                raise Unavailable(SLOWLY, retry_after=seconds, throttled=True)
            await self._sleep(seconds)
        self.again(method)

    def again(self, method: str) -> None:
        """Take a turn at once, for a call that is repeated; `Unavailable`, throttled, when there is none."""
        if (seconds := self._wait(method)) > 0:
            raise Unavailable(SLOWLY, retry_after=seconds, throttled=True)
        for window in self._of(method):
            window.calls.append(self._clock())

    def _wait(self, method: str) -> float:
        return max((window.wait(self._clock()) for window in self._of(method)), default=0.0)

    def closed(self, method: str, seconds: float | None) -> None:
        """The backend has answered 429: no call of the class until it is over."""
        for window in self._of(method):
            span = window.rate.seconds if seconds is None else seconds
            window.closed_until = max(window.closed_until, self._clock() + span)
