"""Progress of long work on standard error: one line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

SECONDS = 0.2
ELSEWHERE = 10.0


class Progress:
    """Counts things; `what` names them."""

    def __init__(self, what: str) -> None:
        self._what, self._shown, self._count = what, time.monotonic(), 0
        self._terminal = sys.stderr.isatty()

    def __call__(self, count: int) -> None:
        self._count = count
        now = time.monotonic()
        if now - self._shown < (SECONDS if self._terminal else ELSEWHERE):
            return
        self._shown = now
        print(f"\r{count} {self._what}" if self._terminal else f"{count} {self._what}", end="", file=sys.stderr)
        print("", end="" if self._terminal else "\n", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the line as it is and go on below it."""
        if self._terminal and self._count:
            print(f"\r{self._count} {self._what}", file=sys.stderr)
