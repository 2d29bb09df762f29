"""`python -m simulators`: every simulator of a service, each as a process on its own port, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence

from simulators.pipes import quietly

SERVICES = ("replicon", "kintone", "scim", "ringcentral", "rfpio", "ricoh")
"""The packages that have a server; a new one is named here."""


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 1 when one of them ended by itself, 2 when one cannot start."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description="Starts every simulator of a service.")
    parser.add_argument("--free-ports", action="store_true", help="on ports that are free, not on their own")
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    started: list[subprocess.Popen[str]] = []
    try:
        for name in SERVICES:
            started.append(_started(name, ["--port", "0"] if chosen.free_ports else []))
            line = started[-1].stdout.readline() if started[-1].stdout else ""
            if not line:
                return 2
            print(line, end="", flush=True)
        started[0].wait()
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        for process in started:
            _stop(process)


def _started(name: str, options: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"simulators.{name}", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    if process.stdout:
        process.stdout.close()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(quietly(main))
