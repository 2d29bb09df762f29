"""What a simulator holds besides the service's own data: switches, faults, calls of the last minute and the log."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict, deque
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from simulators.http.faults import Fault
from simulators.http.switches import Switches

REMEMBERED = 100_000
"""Requests in the log; older ones are dropped."""
MINUTE = 60.0
S = TypeVar("S", bound=Switches)


class State(ABC, Generic[S]):
    """The state of one service. Not thread-safe: the server holds its lock.

    A subclass adds its data in `reset`, after calling this one's, and says in `document` what stands there.
    """

    kind: type[S]
    """The class of the switches."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Everything as at the start."""
        self.switches = self.kind()
        self.faults: list[Fault] = []
        self.requests: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.calls: defaultdict[str, deque[float]] = defaultdict(deque)

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What stands here, for the control interface."""

    def clock(self) -> float:
        """Seconds that pass, for limits and tokens."""
        return time.monotonic()

    def fault(self, *names: str) -> Fault | None:
        """The next fault that was injected for a call with these names, used up once."""
        for fault in self.faults:
            if fault.operation in ("*", *names):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def overrun(self, limit: int, kind: str = "") -> bool:
        """Whether a call is one too many within a minute; 0 is no limit. `kind` counts apart: a rate class."""
        calls, now = self.calls[kind], self.clock()
        while calls and now - calls[0] >= MINUTE:
            calls.popleft()
        if not limit:
            return False
        if len(calls) >= limit:
            return True
        calls.append(now)
        return False

    def stale(self) -> AbstractContextManager[None]:
        """Show what stood before the last write; a simulator that cannot ignores it."""
        return contextlib.nullcontext()

    def counts(self) -> Counter[str]:
        """Calls in the log by operation."""
        return Counter(one["operation"] for one in self.requests)
