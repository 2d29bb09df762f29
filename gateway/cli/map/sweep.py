"""`map sweep`: settle what interrupted requests left behind, now."""

from __future__ import annotations

import argparse
import dataclasses

from gateway.cli.map.session import document, dry_option, json_option
from gateway.opened import Opened
from scim.sweeping import Swept, sweep

NAME = "sweep"
HELP = "Settle what interrupted requests left behind, as the timer does."
WORDS = {
    "linked": "interrupted creates whose account {was} linked",
    "dropped": "interrupted requests that left nothing to link, forgotten",
    "expired": "requests that ended long ago, forgotten",
    "waiting": "requests that are under way or may still be repeated, left alone",
    "failed": "that could not be settled now",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    dry_option(parser)
    json_option(parser)


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Sweep every resource type; 1 when something could not be settled."""
    done = [await sweep(kind, dry_run=chosen.dry_run) for kind in opened.service.kinds]
    swept = sum(done, Swept())
    counts = dataclasses.asdict(swept)
    if chosen.json:
        document(counts)
    for name, count in counts.items() if not chosen.json else ():
        print(f"{count:>7}  {WORDS[name].format(was='would be' if chosen.dry_run else 'was')}")
    return 1 if swept.failed else 0
