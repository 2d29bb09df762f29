"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path


def config_option(parser: argparse.ArgumentParser) -> None:
    """Add `--config`. It has no default here, so that a subcommand does not undo what stands before it."""
    text = "the configuration (gateway.toml)"
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=text)
