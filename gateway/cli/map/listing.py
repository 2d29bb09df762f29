"""`map list`: every link of a map."""

from __future__ import annotations

import argparse

from gateway.cli.map.session import document, json_option, kind_of, type_option
from gateway.opened import Opened
from scim.identity.links import Link
from scim.kind import Kind

NAME = "list"
HELP = "List every id of a map with the native key that it leads to."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    type_option(parser)
    json_option(parser)
    parser.add_argument("--state", choices=["visible", "hidden", "gone"], help="only those in this state")


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Print a line for each link, as the store hands them out."""
    kind = kind_of(opened, chosen.type)
    await opened.map.open()
    async for link in opened.map.links(kind.type):
        if chosen.state not in (None, state(link)):
            continue
        if chosen.json:
            document(told(kind, link))
        else:
            kept = f"  keeps {', '.join(sorted(link.kept))}" if link.kept else ""
            print(f"{link.id}  {state(link):<7}  {link.created or '-':<24}  {link.key}{kept}")
    return 0


def state(link: Link) -> str:
    """The state in a word."""
    return link.state or "visible"


def told(kind: Kind, link: Link) -> dict[str, object]:
    """A link as JSON, with what clients see of what it keeps."""
    return {
        "id": link.id,
        "key": link.key,
        "state": state(link),
        "created": link.created,
        "generation": link.generation,
        "unfinished": link.unfinished,
        "nextKey": link.next_key,
        "kept": dict(kind.holding.told(link.kept)),
    }
