"""`map relink`: an id leads to another account from now on."""

from __future__ import annotations

import argparse

from gateway.cli.map.session import UsageError, document, dry_option, json_option, kind_of, type_option
from gateway.cli.map.show import record_of
from gateway.opened import Opened

NAME = "relink"
HELP = "Let an id lead to another account of the backend, given by its native key."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("id", metavar="ID", help="the id that clients hold")
    parser.add_argument("key", metavar="KEY", help="the native key of the account that it shall lead to")
    type_option(parser)
    dry_option(parser)
    json_option(parser)


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Check both ends, then write."""
    kind = kind_of(opened, chosen.type)
    await kind.prepare()
    link = await opened.map.read(kind.type, chosen.id)
    if link is None or not link.visible:
        raise UsageError("The map has no visible link with this id; `map list` shows them.")
    if link.key == chosen.key:
        raise UsageError("The id leads to this account already.")
    if await record_of(kind, chosen.key) is None:
        raise UsageError(f"The backend has no {kind.type} with this key.")
    other = await opened.map.known(kind.type, chosen.key)
    ends = f", and the id {other.id} of that account ends" if other and other.visible else ""
    verb = "would lead" if chosen.dry_run else "leads"
    if not chosen.dry_run:
        await opened.map.relink(kind.type, link, chosen.key)
    if chosen.json:
        ended = other.id if other and other.visible else None
        document({"id": link.id, "key": chosen.key, "before": link.key, "ends": ended, "done": not chosen.dry_run})
        return 0
    print(f"{link.id} {verb} to {chosen.key} instead of {link.key}{ends}.")
    return 0
