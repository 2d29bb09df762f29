"""`python -m simulators.rfpio --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.pipes import quietly
from simulators.rfpio.server import TOKEN, Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)
    return serve("RFPIO simulator", lambda: Simulator(chosen.token, chosen.host, chosen.port), chosen)


def _parser() -> argparse.ArgumentParser:
    told = parser("rfpio", "The SCIM endpoint of RFPIO on this machine.", 8915)
    told.add_argument("--token", default=TOKEN, help=f"the SCIM API token ({TOKEN})")
    return told


if __name__ == "__main__":
    sys.exit(quietly(main))
