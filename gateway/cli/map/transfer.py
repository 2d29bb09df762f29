"""`map export` and `map import`: a map as a file of JSON lines."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.map.session import UsageError, document, dry_option, json_option
from gateway.cli.progress import Progress
from gateway.opened import Opened
from scim.identity.transfer import FORMAT, TransferRefused, checked, dump, restore


class Export:
    """`map export`."""

    NAME = "export"
    HELP = "Write the map to a file: every id, kept attribute and hidden account, and the salt that ids are made with."

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file, readable by you alone")
        json_option(parser)

    @staticmethod
    async def act(opened: Opened, chosen: argparse.Namespace) -> int:
        """Write beside the file first, so that a kill leaves no half of an export under its name."""
        _demand_new(chosen.file)
        part = chosen.file.with_name(chosen.file.name + ".part")
        progress, rows = Progress("rows"), -2
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8") as file:
            async for line in dump(opened.map.store, opened.map.name):
                file.write(line + "\n")
                progress(rows := rows + 1)
        part.replace(chosen.file)
        progress.close()
        if chosen.json:
            document({"map": opened.map.name, "file": str(chosen.file), "rows": max(rows, 0)})
            return 0
        print(f"{max(rows, 0)} rows of the map {opened.map.name} are in {chosen.file}. Keep it as you keep a secret.")
        return 0


def _demand_new(file: Path) -> None:
    """Refuse to put an export in the place of what is none; an older export may be replaced."""
    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is a folder or a device; name a file.")
    if file.exists() and FORMAT not in next(_lines(file), ""):
        raise UsageError(f"{file} exists and is no export of an identity map; choose another name.")


class Import:
    """`map import`."""

    NAME = "import"
    HELP = "Read an export into an empty map, or again into the same one. All ids stay what they were."

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""
        parser.add_argument("file", type=Path, metavar="FILE", help="what `map export` wrote")
        dry_option(parser)
        json_option(parser)

    @staticmethod
    async def act(opened: Opened, chosen: argparse.Namespace) -> int:
        """Check the whole file, then write it."""
        head, rows = checked(_lines(chosen.file))
        name = opened.map.name
        if chosen.dry_run and chosen.json:
            document({"map": name, "from": head["map"], "rows": rows, "done": False})
            return 0
        if chosen.dry_run:
            print(f"The export of the map {head['map']} is whole; its {rows} rows would go into the map {name}.")
            return 0
        progress = Progress(f"of {rows} rows")
        connection = opened.connection.name
        async for written in restore(opened.map.store, name, connection, str(head["salt"]), _lines(chosen.file)):
            progress(written)
        progress.close()
        if chosen.json:
            document({"map": name, "from": head["map"], "rows": rows, "done": True})
            return 0
        print(f"{rows} rows are in the map {name}. Restart running gateways, so that none goes on with an older one.")
        return 0


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except UnicodeDecodeError:
        raise TransferRefused(f"{path} is no export of an identity map.") from None
