"""`entra mapping`: the attribute mapping of a connection, as a table to copy or as a schema to import."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.application import Application
from gateway.cli.entra.expressions import source
from gateway.cli.entra.rows import CREATION, Row, rows
from gateway.cli.entra.schema import SchemaRefused, schema
from gateway.config import Config
from gateway.stores.memory import MemoryStore
from scim.kind import Kind

NAME = "mapping"
HELP = "Print the attribute mapping of a connection for Entra: source, target, type, matching, required."
HEADS = ("Entra", "target", "type", "matching", "required", "flows")
NEW = "-"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write the table as one JSON document")
    form.add_argument(
        "--schema",
        nargs="?",
        const=NEW,
        metavar="FILE",
        help="write the provisioning schema to import into Entra: the one in FILE, as it was downloaded there, with "
        "this mapping in it, or else that of a new application",
    )
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="TARGET=SOURCE",
        help='another source for a target: an attribute of Entra, a "constant" or an expression; may be repeated',
    )


def act(config: Config, chosen: argparse.Namespace) -> int:
    """Print it; 2 for a mistake of the user's."""
    try:
        sources = dict(map(_given, chosen.source))
        given = _downloaded(chosen.schema) if chosen.schema else None
        tables, searched = asyncio.run(_tables(config, chosen.connection, sources))
        if unknown := sorted(sources.keys() - {row.target for table in tables.values() for row in table}):
            return _mistake(f"The connection {chosen.connection} has no attribute {unknown[0]}.")
        document = schema(tables, given) if chosen.schema else None
    except SchemaRefused as error:
        return _mistake(f"{chosen.schema} is no provisioning schema: {error}.")
    except ValueError as error:
        return _mistake(str(error))
    if document is None and chosen.json:
        document = {type: [asdict(row) for row in table] for type, table in tables.items()}
    print(json.dumps(document, indent=2) if document is not None else _text(tables, searched))
    return 0


def _mistake(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _given(text: str) -> tuple[str, str]:
    """Target and source; a target may have `=` in it no more than SCIM's paths do, which write `eq`."""
    target, equals, value = (part.strip() for part in text.partition("="))
    if not (target and equals and value):
        raise ValueError(f"--source {text}: it is written TARGET=SOURCE.")
    source(value)
    return target, value


def _downloaded(name: str) -> Any:
    if name == NEW:
        return None
    try:
        return json.loads(Path(name).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{name} is not JSON.") from None


async def _tables(config: Config, name: str, sources: Mapping[str, str]) -> tuple[dict[str, list[Row]], set[str]]:
    """The rows by resource type, and what is found without reading every account. The identity map is not opened."""
    application = Application(config, lambda url: MemoryStore())
    try:
        kinds = application.opened(name).service.kinds
        return {kind.type: rows(kind, sources) for kind in kinds}, {path for kind in kinds for path in _searched(kind)}
    finally:
        await application.aclose()


def _searched(kind: Kind) -> Sequence[str]:
    native = kind.resource.can.filter
    mapped = [binding.path for binding in kind.table.bindings if binding.field.native in native]
    return [*mapped, *(path for path in ("userName", *kind.options.keep) if path not in kind.table.by_path)]


def _text(tables: Mapping[str, Sequence[Row]], searched: set[str]) -> str:
    blocks = []
    for type, table in tables.items():
        lines = [f"{type}s", *_columns([HEADS, *(_cells(row) for row in table if row.source)])]
        if without := [row.target for row in table if not row.source]:
            lines += ["", f"  Entra has nothing of its own for {', '.join(without)}; --source TARGET=SOURCE maps them."]
        slow = [row.target for row in table if row.matching and row.target not in searched]
        lines += [f"  The backend does not search by {path}: each match reads all accounts." for path in slow]
        blocks.append("\n".join(lines))
    if "Group" not in tables:
        blocks.append("Groups\n  There are none: set Enabled of the mapping of groups to No.")
    return "\n\n".join(blocks)


def _cells(row: Row) -> tuple[str, ...]:
    flows = "only during object creation" if row.flow == CREATION else "always"
    return (row.source, row.target, row.type, str(row.matching or ""), "yes" if row.required else "", flows)


def _columns(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    ]
