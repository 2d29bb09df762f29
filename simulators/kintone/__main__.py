"""`python -m simulators.kintone --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.kintone.server import Simulator
from simulators.kintone.site import Site
from simulators.pipes import quietly


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)

    def make() -> Simulator:
        site = Site(chosen.login, chosen.password, chosen.token, chosen.basic)
        return Simulator(site, chosen.host, chosen.port)

    return serve("Kintone simulator", make, chosen)


def _parser() -> argparse.ArgumentParser:
    told = parser("kintone", "A stand-in for the cybozu.com User API on this machine.", 8912)
    told.add_argument("--login", default="scim.gateway", help="the administrator's login (scim.gateway)")
    told.add_argument("--password", default="s3cret", help="the administrator's password (s3cret)")
    told.add_argument("--token", default="", help="an API token (none)")
    told.add_argument("--basic", default="", help="the site's Basic authentication as user:password (none)")
    return told


if __name__ == "__main__":
    sys.exit(quietly(main))
