"""`doctor`: one connection looked at from all sides, without a secret and without a word about the people in it."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gateway.application import Application
from gateway.cli.counting import told
from gateway.cli.examining import Examination, Step, examine
from gateway.cli.installed import short
from gateway.cli.masking import MASK, scrubbed, secrets, shown
from gateway.cli.options import connection_option
from gateway.config import Config, ConfigError, Connection
from gateway.faults import place
from gateway.opened import Opened
from scim.options import Options
from scim_adapter import API_VERSION

NAME = "doctor"
HELP = "Examine a connection: settings, backend, mapping table, what is searched natively, what each step costs."
HEADS = ("attribute", "native field", "required", "mutable", "unique", "search", "sort", "filled")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    connection_option(parser)
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Print what was found; 1 when a step failed."""
    log = logging.getLogger("scimgate")
    before = log.level
    log.setLevel(logging.ERROR)  # values that cannot be read are counted in the report
    try:
        return asyncio.run(_examine(config, chosen))
    finally:
        log.setLevel(before)


async def _examine(config: Config, chosen: argparse.Namespace) -> int:
    connection = config.connections[chosen.connection]
    hidden = frozenset((*secrets(connection.backend.settings), connection.token)) - {""}
    application = Application(config)
    try:
        opened = _opened(application, connection.name)
        if opened is None:
            return 1
        found = await examine(opened.adapter, opened.service.kinds, secrets=any(secrets(connection.backend.settings)))
    finally:
        await application.aclose()
    if config.store.startswith("memory:"):
        found.warnings.append("The identity map is in memory: when the process ends, every id is forgotten.")
    report = scrubbed(_report(opened, found), hidden)
    print(json.dumps(report, ensure_ascii=False, indent=2) if chosen.json else _text(report))
    return 0 if found.ok else 1


def _opened(application: Application, name: str) -> Opened | None:
    """The connection; None when its adapter or the store cannot even be made, which is said."""
    try:
        return application.opened(name)
    except ConfigError:
        raise
    except Exception as error:
        print(f"The connection {name} cannot be opened: {type(error).__name__} in {place(error)}.", file=sys.stderr)
        return None


def _report(opened: Opened, found: Examination) -> dict[str, Any]:
    connection = opened.connection
    return {
        "connection": connection.name,
        "adapter": f"{connection.backend.adapter.__module__}:{connection.backend.adapter.__qualname__}",
        "contract": {"needed": connection.backend.adapter.api_version, "here": API_VERSION},
        "settings": shown(connection.backend.settings),
        "options": {"token": MASK, "map": connection.map, **_options(connection)},
        "steps": [_step(step) for step in found.steps],
        "types": [asdict(one) for one in found.types],
        "warnings": found.warnings,
        "ok": found.ok,
    }


def _options(connection: Connection) -> dict[str, Any]:
    return {name: shown(getattr(connection.backend.options, name)) for name in Options.__slots__}


def _step(step: Step) -> dict[str, Any]:
    return asdict(step) | {"cost": told(step.calls)}


# -- as text -----------------------------------------------------------------------------------------------------------


def _text(report: dict[str, Any]) -> str:
    lines = [f"connection  {report['connection']}", f"adapter     {report['adapter']}"]
    for part in ("settings", "options"):
        for number, (name, value) in enumerate(report[part].items()):
            lines.append(f"{part if number == 0 else '':<12}{name} = {json.dumps(value, ensure_ascii=False)}")
    lines.append("")
    for step in report["steps"]:
        cost = f"  [{step['cost']}]" if step["cost"] else ""
        lines.append(f"{step['step']:<12}{step['state']:<8}{step['text']}{cost}  {step['milliseconds']} ms")
    for one in report["types"]:
        lines += ["", *_table(one)]
    lines += ["", *(f"warning     {one}" for one in report["warnings"])] if report["warnings"] else []
    return "\n".join(lines)


def _table(one: dict[str, Any]) -> list[str]:
    """The mapping table of one resource type in columns."""
    cells = [HEADS, *(_cells(row, one["records"]) for row in one["rows"])]
    widths = [max(len(row[n]) for row in cells) for n in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [f"{one['type']}: {' '.join(one['verbs'])}", *(f"  {line}" for line in lines)]


def _cells(row: dict[str, Any], records: int) -> Sequence[str]:
    filled = "-" if row["filled"] is None else f"{row['filled']}/{records}"
    needed = "yes" if row["required"] else ""
    path, native = short(row["path"]), short(row["native"])
    return (path, native, needed, row["mutable"], row["unique"], row["search"], row["sort"], filled)
