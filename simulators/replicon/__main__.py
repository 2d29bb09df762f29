"""`python -m simulators.replicon --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence

from simulators.replicon.company import Company
from simulators.replicon.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    chosen = _parser().parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            company = Company(chosen.company, chosen.username, chosen.password, chosen.swimlane_name)
            simulator = Simulator(company, chosen.host, chosen.port)
        except (OSError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error).rstrip(".")
            print(f"The simulator cannot listen on {chosen.host} port {chosen.port}: {reason}.", file=sys.stderr)
            return 2
        print(f"Replicon simulator for company {chosen.company} on {simulator.url}", flush=True)
        with contextlib.closing(simulator):
            simulator.server.serve_forever()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.replicon", description="A stand-in for Replicon's web services on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8911, help="the port to listen on (8911; 0 picks one)")
    parser.add_argument("--company", type=_key, default="acme", help="the company key (acme)")
    parser.add_argument("--username", default="scim.gateway", help="the administrator's login (scim.gateway)")
    parser.add_argument("--password", default="s3cret", help="the administrator's password (s3cret)")
    parser.add_argument("--swimlane-name", default="na1", help="the swimlane that the state names (na1)")
    return parser


def _key(text: str) -> str:
    if not text or set(text) & set("/\\:?#% "):
        raise argparse.ArgumentTypeError("a company key has no blank and none of / \\ : ? # %")
    return text


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
