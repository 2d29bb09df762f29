"""A terminal as a reader has it: one shell in one folder, that keeps its variables."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

DONE = "-- done:"
NOISE = re.compile(r"^\d+ %: \d+ of \d+$")  # the progress of long work, which a real terminal overwrites


class Terminal:
    """A shell. `type` is what the reader does; the output is what appeared since."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._send("trap : INT")  # Ctrl-C is for what runs in the shell
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if not NOISE.match(line):
                self._lines.append(line)

    def _send(self, text: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def type(self, text: str, until: re.Pattern[str] | None = None, seconds: float = 120) -> tuple[str, int | None]:
        """What `text` prints and its exit status; None when `until` was seen while it still runs (a server)."""
        start = len(self._lines)
        self._send(f"{text}\nprintf '\\n%s %s\\n' '{DONE}' $?")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            output = "".join(self._lines[start:])
            if done := re.search(rf"\n?{DONE} (\d+)\n", output):
                return output[: done.start()].rstrip("\n") + "\n", int(done[1])
            if until and until.search(output):
                return output, None
            time.sleep(0.02)
        raise AssertionError(f"Nothing for {seconds:.0f} s after\n{text}\n{''.join(self._lines[start:])}")

    def interrupt(self) -> None:
        """Ctrl-C: what runs in the terminal ends, and the shell does not."""
        os.killpg(self._process.pid, signal.SIGINT)
        end = time.monotonic() + 60
        while not self._lines[-1].startswith(DONE):
            assert time.monotonic() < end, "Ctrl-C ends nothing"
            time.sleep(0.02)

    def close(self) -> None:
        """End the shell and what it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self._reader.join(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
