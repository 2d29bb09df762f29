"""`map`: look at, move, repair and compare the identity map of one connection."""

from __future__ import annotations

import argparse

from gateway.cli.map import adopt, listing, relink, show, sweep, transfer, verify
from gateway.cli.map.session import on
from gateway.cli.options import config_option, connection_option
from gateway.config import Config

NAME = "map"
HELP = "Show, export, import, repair, sweep, verify and adopt into the identity map of a connection."
MAKING = (transfer.Import, adopt)
"""Commands that may be the first ones on a new store; the others refuse one that is not there."""
COMMANDS = (listing, show, transfer.Export, transfer.Import, relink, verify, sweep, adopt)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    commands = parser.add_subparsers(dest="map_command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        connection_option(command)
        config_option(command)
        module.arguments(command)
        command.set_defaults(map_action=module.act, makes_store=module in MAKING)


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Run one of them on the connection's map."""
    return on(config, chosen, chosen.map_action)
