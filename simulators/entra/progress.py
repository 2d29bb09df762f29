"""How far a cycle is: a bar rewritten in place on a terminal, else a line at every tenth."""

from __future__ import annotations

import sys
import time

WIDTH = 24
PAUSE = 0.1
"""Seconds between two drawings of the bar: a terminal is slower than a cycle."""


class Progress:
    """Called with what is done and what there is to do; writes to standard error."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._began = self._drawn = time.monotonic()
        self._open = False

    def __call__(self, done: int, total: int) -> None:
        if self._live:
            self._draw(done, total)
        elif done * 10 // total > (done - 1) * 10 // total:
            print(f"{done * 100 // total} %: {done} of {total}", file=sys.stderr, flush=True)

    def _draw(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and self._open and now - self._drawn < PAUSE:
            return
        self._drawn, self._open = now, True
        filled = WIDTH * done // total
        pace = done / max(now - self._began, 0.001)
        bar = "#" * filled + "." * (WIDTH - filled)
        line = f"\r[{bar}] {done * 100 // total:3} %  {done} of {total}, {pace:.0f}/s"
        print(f"{line:<79}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Whatever comes next begins on a line of its own."""
        if self._open:
            print(file=sys.stderr, flush=True)
            self._open = False
