"""`python -m simulators.ringcentral --port N`: the simulator as a process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulators.http.command import parser, serve
from simulators.pipes import quietly
from simulators.ringcentral.platform import Credentials
from simulators.ringcentral.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; 2 when the port cannot be had or a switch does not exist."""
    chosen = _parser().parse_args(arguments)
    known = Credentials(chosen.token, chosen.client_id, chosen.client_secret, chosen.jwt)
    return serve("RingCentral simulator", lambda: Simulator(known, chosen.host, chosen.port), chosen)


def _parser() -> argparse.ArgumentParser:
    told, known = parser("ringcentral", "RingCentral's SCIM interface on this machine.", 8914), Credentials()
    told.add_argument("--token", default=known.scim_token, help=f"the SCIM token ({known.scim_token})")
    told.add_argument("--client-id", default=known.client_id, help=f"the client of the JWT flow ({known.client_id})")
    told.add_argument("--client-secret", default=known.client_secret, help=f"its secret ({known.client_secret})")
    told.add_argument("--jwt", default=known.jwt, help=f"its JWT credential ({known.jwt})")
    return told


if __name__ == "__main__":
    sys.exit(quietly(main))
