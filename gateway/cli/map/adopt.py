"""`map adopt`: link the accounts that the backend had before the gateway."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gateway.cli.map.session import UsageError, document, dry_option, json_option, kind_of, type_option
from gateway.cli.map.show import name_of, record_of
from gateway.cli.progress import Progress
from gateway.opened import Opened
from gateway.upkeep.adopting import adopt, attribute
from scim.kind import Kind

NAME = "adopt"
HELP = "Link the accounts that the backend has already, and say which of them a client could not match."
BY = {"email": 'emails[type eq "work"].value'}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--by",
        default="userName",
        metavar="ATTRIBUTE",
        help="what the client matches by: userName (default), email, externalId or another attribute",
    )
    type_option(parser)
    dry_option(parser)
    json_option(parser)


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Link and tell; 1 when some accounts share their value, because a client will refuse to choose."""
    kind = kind_of(opened, chosen.type)
    try:
        by = attribute(kind, BY.get(chosen.by, chosen.by))
    except ValueError as error:
        raise UsageError(str(error)) from None
    progress = Progress(f"{kind.type}s read")
    adoption = await adopt(kind, by, dry_run=chosen.dry_run, progress=progress)
    progress.close()
    shown = {word: await _named(kind, keys) for word, keys in adoption.examples.items() if word != "linked"}
    if chosen.json:
        counts = {name: getattr(adoption, name) for name in ("linked", "ambiguous", "alone")}
        document({**counts, "examples": shown})
        return 1 if adoption.ambiguous else 0
    would = "would be linked" if chosen.dry_run else "are linked"
    for count, words, name in (
        (adoption.linked, f"{would}: their {by.text} is theirs alone", "linked"),
        (adoption.ambiguous, f"are ambiguous: others have the same {by.text}", "ambiguous"),
        (adoption.alone, f"stay alone: they have no {by.text}", "alone"),
    ):
        print(f"{count:>7}  {words}")
        for one in shown.get(name, []):
            print(f"         {one['name'] or '-'}  (key {one['key']})")
    if adoption.ambiguous:
        print(f"A client that matches by {by.text} chooses none of them: change it in the backend, or match by another")
        print("attribute that is theirs alone (--by), here and in the client.")
    return 1 if adoption.ambiguous else 0


async def _named(kind: Kind, keys: Sequence[str]) -> list[dict[str, str]]:
    """Keys, and whose they are."""
    records = [(key, await record_of(kind, key)) for key in keys]
    return [{"key": key, "name": name_of(kind, record) if record else ""} for key, record in records]
