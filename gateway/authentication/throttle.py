"""Wrong tokens, counted for each connection and client address.

Who is right is let in before anybody counts, so nobody can lock out a right token. What is slowed down is a client that
goes on with a wrong one. Each process counts for itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

BURST = 30
"""Wrong tokens in a row that are answered with 401."""
PER_SECOND = 0.5
"""How fast a client may go on after them."""
MOST = 10_000
"""Clients that are remembered; those that were wrong longest ago are forgotten first."""


class Throttle:
    """A bucket of wrong tokens for each client."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def failed(self, connection: str, address: str) -> float:
        """Count a wrong token; the seconds that the client shall wait, 0 for none."""
        key, now = hash((connection, address)), self._clock()
        left, then = self._buckets.pop(key, (float(BURST), now))
        left = max(min(float(BURST), left + (now - then) * PER_SECOND) - 1, -1.0)
        self._buckets[key] = (left, now)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0.0 if left >= 0 else (1 - left) / PER_SECOND


def address_of(forwarded: str) -> str:
    """The client's address from X-Forwarded-For: the last one, which our own front end wrote, without its port."""
    last = forwarded.rpartition(",")[2].strip()
    return last.partition(":")[0] if last.count(":") == 1 else last.partition("]")[0].removeprefix("[")
