"""The command line that every simulator of a service has: `python -m simulators.NAME --port N`."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from simulators.http.simulator import Simulator


def parser(name: str, description: str, port: int) -> argparse.ArgumentParser:
    """The options that all have; a simulator adds its own, each with a default."""
    made = argparse.ArgumentParser(prog=f"python -m simulators.{name}", description=description)
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, default=port, help=f"the port to listen on ({port}; 0 picks one)")
    shown = "NAME=VALUE"
    made.add_argument(
        "--switch", type=_switch, action="append", default=[], metavar=shown, help="a switch to begin with"
    )
    return made


def serve(title: str, make: Callable[[], Simulator[Any, Any]], chosen: argparse.Namespace) -> int:
    """Serve until interrupted; 2, after a sentence, when the port cannot be had or there is no such switch."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            simulator = make()
            simulator.state.switches.set(dict(chosen.switch))
        except (OSError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error).rstrip(".")
            print(f"The simulator cannot listen on {chosen.host} port {chosen.port}: {reason}.", file=sys.stderr)
            return 2
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        print(f"{title} on {simulator.url}", flush=True)
        with contextlib.closing(simulator):
            simulator.server.serve_forever()
    return 0


def _switch(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("a switch is written NAME=VALUE")
    try:
        return name, value if value == "null" else json.loads(value)
    except ValueError:
        return name, value


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
