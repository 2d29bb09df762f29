"""The lines that a measurement ends with."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Line:
    """One measured thing. `measured` and `budget` are in `unit`: "x" for times the thing it is compared with."""

    what: str
    measured: float
    budget: float
    unit: str = "x"
    absolute: str = ""


def printed(lines: Iterable[Line]) -> str:
    """The lines as a Markdown table, with the day and the machine they were measured on."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = [
        f"Measured on {date.today()}: {machine}.",
        "",
        "| what | measured | budget | | in figures |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *map(_row, lines)])


def _row(line: Line) -> str:
    unit = " times" if line.unit == "x" else f" {line.unit}"
    verdict = "kept" if line.measured <= line.budget else "**over**"
    return f"| {line.what} | {line.measured:.2f}{unit} | {line.budget:g}{unit} | {verdict} | {line.absolute} |"


def progress(text: str) -> None:
    """What is being measured now, for whoever waits."""
    print(text, file=sys.stderr, flush=True)
