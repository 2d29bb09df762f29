"""The command line: `python -m gateway COMMAND`.

A user's mistake is answered by a sentence on standard error and exit status 2; a check that fails by exit status 1.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.cli import adapters, check, cost, doctor, entra, map, new_adapter, serve, token
from gateway.cli.options import config_option
from gateway.config import Config, ConfigError, load

COMMANDS = (serve, check, doctor, entra, map, token, cost, adapters, new_adapter)
WITHOUT_CONFIGURATION = frozenset((adapters.NAME, cost.NAME, new_adapter.NAME))
"""Commands that need no gateway.toml: their `run` takes the options alone, that of all others the configuration too."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and answer with its exit status; Ctrl-C is for the caller."""
    chosen = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # names are in every alphabet, and a terminal may not be
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status: int = chosen.run(chosen)
        if sys.stdout:  # a program that is started without an output has None
            sys.stdout.flush()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the output has seen enough
        _write_no_more()
        return 141
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    return status


def _write_no_more() -> None:
    """What the output has not taken is lost; otherwise the interpreter would try once more at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateway",
        description="Scimgate, a SCIM 2.0 gateway for backends that speak no SCIM.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        command.set_defaults(run=module.run)
        if module.NAME not in WITHOUT_CONFIGURATION:
            command.set_defaults(config=Path("gateway.toml"), run=_configured(module.run))
            config_option(command)
        module.arguments(command)
    return parser


def _configured(run: Callable[[Config, argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command with its configuration, which has the connection that is named, if one is."""

    def configured(chosen: argparse.Namespace) -> int:
        config = load(chosen.config)
        name = vars(chosen).get("connection")
        if name is None or name in config.connections:
            return run(config, chosen)
        told = f"There is no connection {name}; the configuration has {', '.join(sorted(config.connections))}."
        print(told, file=sys.stderr)
        return 2

    return configured
