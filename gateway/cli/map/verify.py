"""`map verify`: where the map and the backend drifted apart."""

from __future__ import annotations

import argparse
from collections import Counter

from gateway.cli.map.session import document, json_option
from gateway.cli.progress import Progress
from gateway.opened import Opened
from gateway.upkeep.verifying import HARMLESS, WORDS, Drift, verify

NAME = "verify"
HELP = "Walk the backend and the map and report every difference. Nothing is changed."
EXAMPLES = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    json_option(parser)


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Print each finding (up to twenty of a sort) and the numbers; 1 when something needs a decision."""
    found: Counter[str] = Counter()
    for kind in opened.service.kinds:
        progress = Progress(f"{kind.type}s read")
        async for drift in verify(kind, progress):
            found[drift.kind] += 1
            if chosen.json:
                document({"type": kind.type, "kind": drift.kind, "keys": drift.keys, "id": drift.id})
            elif found[drift.kind] <= EXAMPLES and drift.kind not in HARMLESS:
                print(_line(drift))
        progress.close()
    if not chosen.json:
        for name, words in WORDS.items():
            print(f"{found[name]:>7}  {words}")
    return 1 if found.keys() - HARMLESS else 0


def _line(drift: Drift) -> str:
    return f"{drift.kind:<11} {drift.id or '-':<26}  {', '.join(drift.keys[:10])}"
