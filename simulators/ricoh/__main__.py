"""`python -m simulators.ricoh --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.pipes import quietly
from simulators.ricoh.server import ENDPOINT, TOKEN, Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)

    def make() -> Simulator:
        return Simulator(chosen.token, chosen.host, chosen.port, chosen.endpoint)

    return serve("RICOH simulator", make, chosen)


def _parser() -> argparse.ArgumentParser:
    told = parser("ricoh", "The SCIM endpoint of a RICOH tenant on this machine.", 8916)
    told.add_argument("--token", default=TOKEN, help=f"the access token ({TOKEN})")
    told.add_argument("--endpoint", default=ENDPOINT, help=f"the path of the tenant's endpoint ({ENDPOINT})")
    return told


if __name__ == "__main__":
    sys.exit(quietly(main))
