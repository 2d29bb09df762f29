"""How many calls a backend takes in a time: classes of methods, each with a window of its own.

A class is kept by what the profile says and by what the backend's headers say: who else uses the same credentials,
another process of the gateway perhaps, takes from the same number.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from scim_adapter.contract import Ask
from scim_adapter.errors import Unavailable
from scim_adapter.scim_backend.profile import Rate

NAMES = ("Limit", "Remaining", "Window")
SLOWLY = "The backend takes no more calls of this kind for now."
SPARED = 2
"""Calls that are left to others where there are some: what they do between two answers is not known."""
STRIKES = 4
"""After so many penalties in a row the pauses do not grow any more."""


class _Window:
    """The calls of one class in the last seconds, and until when there may be none."""

    def __init__(self, rate: Rate) -> None:
        self.methods, self.limit, self.seconds, self.burst = rate.methods, rate.limit, rate.seconds, rate.burst
        self.turns = asyncio.Lock()
        self.queue = self.under_way = self.strikes = 0
        self.calls: list[float] = []
        self.others: list[float] = []
        self.closed_until = 0.0

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until the next call may be made, when so many others are made first."""
        opens, calls = now, self._recent(now)
        for _ in range(ahead + 1):
            opens = max(self._opens([one for one in calls if one > opens - self.seconds], opens), self.closed_until)
            calls.append(opens)
        return opens - now

    def _recent(self, now: float) -> list[float]:
        """The calls that count, the oldest first. One that is under way counts until a window after its answer."""
        begin = now - self.seconds
        self.calls = [one for one in self.calls if one > begin]
        self.others = [one for one in self.others if one > begin]
        return sorted((*self.calls, *self.others, *[now] * self.under_way))

    def _opens(self, calls: Sequence[float], now: float) -> float:
        """When a call may follow these: at once within the burst, then spread until the oldest counts no more."""
        limit = max(1, self.limit - (SPARED if self.others else 0))
        if len(calls) >= limit:
            return calls[-limit] + self.seconds
        if self.burst is None or len(calls) < self.burst:
            return now
        return max(now, calls[-1] + (calls[0] + self.seconds - calls[-1]) / (limit - len(calls) + 1))

    def told(self, limit: int | None, remaining: int | None, seconds: int | None, now: float) -> None:
        """What the backend says of the class. Calls that it counts and we do not are somebody else's, just now."""
        self.limit, self.seconds = limit or self.limit, seconds or self.seconds
        if remaining is not None:
            self.others += [now] * (self.limit - remaining - len(self._recent(now)))

    def close(self, seconds: float | None, now: float) -> None:
        """A penalty. Several in a row are somebody else's doing, who waits as long as we: each by chance longer."""
        span = self.seconds if seconds is None else seconds
        longer = random.uniform(1, 2 ** min(self.strikes, STRIKES))  # noqa: S311 - parts us from others, no secret
        self.closed_until = max(self.closed_until, now + span * longer)
        self.strikes += 1


class Rates:
    """Keeps the calls of this process within the rates of a profile.

    A call waits for its turn when its client still can, and is refused at once when it cannot: a backend that counts
    refused calls too must not be asked in vain. `headers` is what the names of the backend's own headers begin with.
    """

    def __init__(
        self,
        rates: Sequence[Rate],
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        headers: str | None = None,
    ) -> None:
        self._windows = [_Window(rate) for rate in rates]
        self._clock, self._sleep, self._headers = clock or time.monotonic, sleep, headers

    def _of(self, method: str) -> list[_Window]:
        return [window for window in self._windows if method in window.methods]

    async def enter(self, method: str, ask: Ask) -> None:
        """Wait for a call's turn and take it; `Unavailable`, throttled, when it will not come in time."""
        windows = self._of(method)
        self._demand(max((one.wait(self._clock(), one.queue) for one in windows), default=0.0), ask.left)
        for window in windows:
            window.queue += 1
        try:
            async with AsyncExitStack() as turns:
                for window in windows:
                    await turns.enter_async_context(window.turns)
                while (seconds := self._wait(windows)) > 0:
                    self._demand(seconds, ask.left)
                    await self._sleep(seconds)
                self._take(windows)
        finally:
            for window in windows:
                window.queue -= 1

    def again(self, method: str) -> None:
        """Take a turn at once, for a call that is repeated; `Unavailable`, throttled, when there is none."""
        windows = self._of(method)
        self._demand(self._wait(windows), 0.0)
        self._take(windows)

    def _wait(self, windows: Sequence[_Window]) -> float:
        return max((window.wait(self._clock()) for window in windows), default=0.0)

    def _demand(self, seconds: float, left: float) -> None:
        if seconds > 0 and seconds >= left:
            raise Unavailable(SLOWLY, retry_after=seconds, throttled=True)

    def _take(self, windows: Sequence[_Window]) -> None:
        for window in windows:
            window.under_way += 1

    def done(self, method: str) -> None:
        """A call that took its turn is over, whatever came of it; it was counted now at the latest."""
        for window in self._of(method):
            window.under_way -= 1
            window.calls.append(self._clock())

    def told(self, method: str, status: int, headers: Mapping[str, str], retry_after: float | None = None) -> None:
        """What an answer says of rates; after a 429 there is no call of the class until its time is over."""
        for window in self._of(method):
            if self._headers is not None:
                limit, remaining, seconds = (_number(headers, f"{self._headers}-{name}") for name in NAMES)
                window.told(limit, remaining, seconds, self._clock())
            if status == 429:
                window.close(retry_after, self._clock())
            else:
                window.strikes = 0


def _number(headers: Mapping[str, str], name: str) -> int | None:
    """A header that is a whole number of a sensible size."""
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
