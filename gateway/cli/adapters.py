"""`adapters`: every adapter that is installed, where from, and what it is able to do."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gateway.cli.installed import Installed, described, short
from gateway.cli.quality import Mark, QualityRefused, grade, markdown, marks_of
from gateway.registry import Claim, claims

NAME = "adapters"
HELP = "List the adapters that are installed: where from, verbs, attributes and quality."
WIDTH = 110


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write JSON, one document for each adapter")
    form.add_argument("--quality", action="store_true", help="write the quality scale as a Markdown table instead")


def run(chosen: argparse.Namespace) -> int:
    """Print what is installed; 1 when one of them cannot be used."""
    installed = claims()
    if chosen.quality:
        print(markdown({one.name: marks for one in installed if (marks := _marks(one)[0])}))
        return 0
    names = Counter(claim.name for claim in installed)
    usable = True
    for claim in installed:
        adapter, quality = described(claim), _quality(claim)
        conflict = names[claim.name] > 1
        usable = usable and not (adapter.broken or conflict)
        if chosen.json:
            print(json.dumps({**asdict(adapter), "conflict": conflict, **quality}, ensure_ascii=False))
        else:
            _print(adapter, str(quality["grade"] or quality["quality"]), conflict)
    return 0 if usable else 1


def _marks(claim: Claim) -> tuple[Mapping[str, Mark] | None, str]:
    try:
        return marks_of(claim), ""
    except QualityRefused as error:
        return None, str(error)


def _quality(claim: Claim) -> dict[str, Any]:
    """The grade, or in a word why there is none."""
    marks, fault = _marks(claim)
    if marks is None:
        return {"grade": None, "quality": fault or "not graded"}
    reached = grade(marks)
    todo = [rule for rule, mark in marks.items() if mark.state == "todo"]
    return {"grade": reached or None, "quality": f"to do: {', '.join(todo)}" if todo else "complete"}


def _print(adapter: Installed, quality: str, conflict: bool) -> None:
    print(f"{adapter.name}  ({adapter.origin})  {quality}")
    if conflict:
        print("    conflict  another package claims this name too; remove one of them")
    if adapter.broken:
        print(f"    broken    {adapter.broken}")
    if adapter.unknown:
        print(f"    abilities {adapter.unknown}; python -m gateway doctor CONNECTION tells them")
    for ability in adapter.abilities:
        print(f"    {ability.type:<9} {' '.join(ability.verbs)}")
        print(_wrapped([short(path) for path in ability.attributes]))


def _wrapped(paths: Sequence[str]) -> str:
    """Paths in lines, none of them broken at the blanks in it."""
    text = ", ".join(path.replace(" ", "\0") for path in paths)
    indent = " " * 14
    lines = textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return lines.replace("\0", " ")
