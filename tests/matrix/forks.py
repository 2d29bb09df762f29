"""Gateways as processes of their own that start in milliseconds: forks of one process that has imported everything.

As a program it reads "start FOLDER" and "stop PID" from its standard input. Each fork runs `serve` and prints the line
with its address. All of them end with the program.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.processes import ROOT
from tests.matrix.crashing import FOLDER

IMPORTED = (
    "uvicorn.protocols.http.h11_impl",
    "gateway.cli.serve",
    "gateway.stores.azure_tables",
    "gateway.stores.sqlite",
    "scim.filters.grammar",
)
"""What a gateway imports when it starts and when it is first asked."""


@dataclass(frozen=True)
class Gateway:
    """A gateway that is ready."""

    pid: int
    url: str
    folder: Path

    def arm(self, at: int, moment: str) -> None:
        """Kill itself `before` or `after` the call with this number from now on; 0 counts only."""
        (self.folder / "arm.new").write_text(f"{at} {moment}")
        (self.folder / "arm.new").rename(self.folder / "arm")

    @property
    def calls(self) -> list[str]:
        """What it has called since it was armed."""
        path = self.folder / "calls"
        return path.read_text().split() if path.exists() else []


class Forks:
    """The client side of the program below."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder
        self._one_at_a_time = asyncio.Lock()
        self._started = 0

    async def start(self) -> Gateway:
        """A gateway in a new process, with a folder of its own for orders to it."""
        async with self._one_at_a_time:
            self._started += 1
            folder = self._folder / f"gateway-{self._started}"
            folder.mkdir(parents=True)
            pid, url = await asyncio.to_thread(self._start, folder)
        return Gateway(pid, url, folder)

    def _start(self, folder: Path) -> tuple[int, str]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"start {folder}\n")
        self._process.stdin.flush()
        first, second = self._process.stdout.readline(), self._process.stdout.readline()
        assert "http://" in second, f"a gateway did not start; see the log ({first} {second})"
        return int(first.split()[1]), second.split(" on ")[1].split()[0]

    def stop(self, gateway: Gateway) -> None:
        """End a gateway, if it has not ended itself."""
        assert self._process.stdin
        self._process.stdin.write(f"stop {gateway.pid}\n")
        self._process.stdin.flush()


@asynccontextmanager
async def forks(config: Path, environment: Mapping[str, str]) -> AsyncIterator[Forks]:
    """The program, with a configuration for all its gateways."""
    with (config.parent / "gateways.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.matrix.forks", str(config)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield Forks(process, config.parent)
    finally:
        process.communicate()


def main(config: str) -> None:
    """Start and stop gateways as the standard input says; end them all when it ends."""
    _import_everything()
    running: set[int] = set()
    for line in sys.stdin:
        order, _, value = line.strip().partition(" ")
        if order == "start":
            pid = os.fork()
            if pid == 0:
                _serve(config, value)
            running.add(pid)
        elif int(value) in running:
            _end(running, int(value))
    for pid in list(running):
        _end(running, pid)


def _end(running: set[int], pid: int) -> None:
    os.kill(pid, signal.SIGKILL)  # a process that killed itself is waited for here only, so its id is still its own
    os.waitpid(pid, 0)
    running.discard(pid)


def _import_everything() -> None:
    for name in IMPORTED:
        importlib.import_module(name)


def _serve(config: str, folder: str) -> None:
    from gateway.cli import main as command

    os.environ[FOLDER] = folder
    os.write(1, f"pid {os.getpid()}\n".encode())  # by the new process, so that its two lines come one after the other
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    try:
        status = command(["serve", "--config", config, "--port", "0", "--quiet"])
    finally:
        sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
