"""The command line: `python -m gateway COMMAND`.

A user's mistake is answered by a sentence on standard error and exit status 2; a check that fails by exit status 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli import check, map, serve
from gateway.cli.options import config_option
from gateway.config import Config, ConfigError, load


def main(arguments: Sequence[str]) -> int:
    """Run one command and answer with its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        config: Config = load(chosen.config)
        status: int = chosen.run(config, chosen)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateway",
        description="Scimgate, a SCIM 2.0 gateway for backends that speak no SCIM.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (serve, check, map):
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        command.set_defaults(config=Path("gateway.toml"))
        config_option(command)
        module.arguments(command)
        command.set_defaults(run=module.run)
    return parser
