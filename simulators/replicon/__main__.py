"""`python -m simulators.replicon --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from simulators.replicon.company import Company
from simulators.replicon.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators.replicon", description="A stand-in for Replicon's web services on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8911, help="the port to listen on (8911; 0 picks one)")
    parser.add_argument("--company", default="acme", help="the company key (acme)")
    parser.add_argument("--username", default="scim.gateway", help="the administrator's login (scim.gateway)")
    parser.add_argument("--password", default="s3cret", help="the administrator's password (s3cret)")
    chosen = parser.parse_args(arguments)
    try:
        company = Company(chosen.company, chosen.username, chosen.password)
        simulator = Simulator(company, chosen.host, chosen.port)
    except (OSError, OverflowError) as error:
        print(f"The simulator cannot listen on {chosen.host} port {chosen.port}: {error}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"Replicon simulator for company {chosen.company} on {simulator.url}", flush=True)
    try:
        simulator.server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        simulator.server.server_close()
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
