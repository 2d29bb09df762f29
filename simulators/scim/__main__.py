"""`python -m simulators.scim --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from typing import Any

from simulators.scim.credentials import Account
from simulators.scim.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    chosen = _parser().parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            account = Account(chosen.token, chosen.username, chosen.password)
            simulator = Simulator(account, chosen.host, chosen.port)
            simulator.store.switches.set(dict(chosen.switch or []))
        except (OSError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error).rstrip(".")
            print(f"The simulator cannot listen on {chosen.host} port {chosen.port}: {reason}.", file=sys.stderr)
            return 2
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        print(f"SCIM simulator on {simulator.url}", flush=True)
        with contextlib.closing(simulator):
            simulator.server.serve_forever()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.scim", description="A SCIM 2.0 server on this machine whose faults are switches."
    )
    account = Account()
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8913, help="the port to listen on (8913; 0 picks one)")
    parser.add_argument("--token", default=account.token, help=f"the bearer token ({account.token})")
    parser.add_argument("--username", default=account.username, help=f"the login of Basic ({account.username})")
    parser.add_argument("--password", default=account.password, help=f"its password ({account.password})")
    parser.add_argument(
        "--switch", type=_switch, action="append", metavar="NAME=JSON", help="a switch, such as patch=none"
    )
    return parser


def _switch(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("a switch is written NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
