"""`python -m simulators.scim --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.pipes import quietly
from simulators.scim.credentials import Account
from simulators.scim.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)

    def make() -> Simulator:
        return Simulator(Account(chosen.token, chosen.username, chosen.password), chosen.host, chosen.port)

    return serve("SCIM simulator", make, chosen)


def _parser() -> argparse.ArgumentParser:
    told, account = parser("scim", "A SCIM 2.0 server on this machine whose faults are switches.", 8913), Account()
    told.add_argument("--token", default=account.token, help=f"the bearer token ({account.token})")
    told.add_argument("--username", default=account.username, help=f"the login of Basic ({account.username})")
    told.add_argument("--password", default=account.password, help=f"its password ({account.password})")
    return told


if __name__ == "__main__":
    sys.exit(quietly(main))
