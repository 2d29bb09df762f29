"""`python -m simulators.kintone --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence

from simulators.kintone.server import Simulator
from simulators.kintone.site import Site


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    chosen = _parser().parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            site = Site(chosen.login, chosen.password, chosen.token, chosen.basic)
            simulator = Simulator(site, chosen.host, chosen.port)
        except (OSError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error).rstrip(".")
            print(f"The simulator cannot listen on {chosen.host} port {chosen.port}: {reason}.", file=sys.stderr)
            return 2
        print(f"Kintone simulator on {simulator.url}", flush=True)
        with contextlib.closing(simulator):
            simulator.server.serve_forever()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.kintone", description="A stand-in for the cybozu.com User API on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8912, help="the port to listen on (8912; 0 picks one)")
    parser.add_argument("--login", default="scim.gateway", help="the administrator's login (scim.gateway)")
    parser.add_argument("--password", default="s3cret", help="the administrator's password (s3cret)")
    parser.add_argument("--token", default="", help="an API token (none)")
    parser.add_argument("--basic", default="", help="the site's Basic authentication as user:password (none)")
    return parser


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
