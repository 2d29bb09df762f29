"""`python -m simulators.replicon --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.pipes import quietly
from simulators.replicon.company import Company
from simulators.replicon.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)

    def make() -> Simulator:
        company = Company(chosen.company, chosen.username, chosen.password, chosen.swimlane_name)
        return Simulator(company, chosen.host, chosen.port)

    return serve(f"Replicon simulator for company {chosen.company}", make, chosen)


def _parser() -> argparse.ArgumentParser:
    told = parser("replicon", "A stand-in for Replicon's web services on this machine.", 8911)
    add = told.add_argument
    add("--company", type=_key, default="acme", help="the company key (acme)")
    add("--username", default="scim.gateway", help="the administrator's login (scim.gateway)")
    add("--password", default="s3cret", help="the administrator's password (s3cret)")
    add("--swimlane-name", default="na1", help="the swimlane that the state names (na1)")
    return told


def _key(text: str) -> str:
    if not text or set(text) & set("/\\:?#% "):
        raise argparse.ArgumentTypeError("a company key has no blank and none of / \\ : ? # %")
    return text


if __name__ == "__main__":
    sys.exit(quietly(main))
