"""`entra`: what Microsoft Entra ID must be told about a connection."""

from __future__ import annotations

import argparse

from gateway.cli.entra import mapping
from gateway.cli.options import config_option, connection_option
from gateway.config import Config

NAME = "entra"
HELP = "Say how Microsoft Entra ID is to be configured for a connection."
COMMANDS = (mapping,)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    commands = parser.add_subparsers(dest="entra_command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        connection_option(command)
        config_option(command)
        module.arguments(command)
        command.set_defaults(entra_action=module.act)


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Run one of them."""
    status: int = chosen.entra_action(config, chosen)
    return status
