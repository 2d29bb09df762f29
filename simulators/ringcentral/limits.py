"""How many calls each group takes in a minute, and the penalty of who makes more."""

from __future__ import annotations

import math
from collections import deque

from simulators.ringcentral.switches import Switches

GROUPS = ("light", "heavy", "auth")


class Limits:
    """A sliding window for each group. Every request during a penalty begins it anew."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {group: deque() for group in GROUPS}
        self._penalties = dict.fromkeys(GROUPS, -math.inf)
        self.peaks = dict.fromkeys((*GROUPS, "refused"), 0)

    def admits(self, group: str, switches: Switches, now: float) -> bool:
        """Whether a call is taken."""
        minute, limit = switches.minute_seconds, _limit(group, switches)
        calls = self._calls[group]
        while calls and now - calls[0] >= minute:
            calls.popleft()
        if limit and (now < self._penalties[group] or len(calls) >= limit):
            self._penalties[group] = now + minute
            self.peaks["refused"] += 1
            return False
        calls.append(now)
        self.peaks[group] = max(self.peaks[group], len(calls))
        return True

    def punish(self, group: str, switches: Switches, now: float) -> None:
        """A penalty begins."""
        self._penalties[group] = now + switches.minute_seconds

    def headers(self, group: str, switches: Switches, *, refused: bool) -> dict[str, str]:
        """What an answer says of the group; a minute that is shorter than a second is told as one."""
        limit = _limit(group, switches)
        told: dict[str, str] = {}
        window = str(max(1, math.ceil(switches.minute_seconds)))
        if switches.rate_headers and limit:
            left = 0 if refused else limit - len(self._calls[group])
            told |= {"x-rate-limit-group": group, "x-rate-limit-limit": str(limit)}
            told |= {"x-rate-limit-remaining": str(left), "x-rate-limit-window": window}
        return told | ({"retry-after": window} if refused and switches.retry_after else {})


def _limit(group: str, switches: Switches) -> int:
    limit: int = getattr(switches, group)
    return limit
