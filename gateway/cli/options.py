"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path


def config_option(parser: argparse.ArgumentParser) -> None:
    """Add `--config`. It has no default here, so that a subcommand does not undo what stands before it."""
    text = "the configuration (gateway.toml)"
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=text)


def connection_option(parser: argparse.ArgumentParser) -> None:
    """Add the name of a connection; a command is not run when the configuration has none of this name."""
    text = "the name of a connection in the configuration"
    parser.add_argument("connection", metavar="CONNECTION", help=text)
