"""`map show`: what the map and the backend know of one resource."""

from __future__ import annotations

import argparse

from gateway.application import Opened
from gateway.cli.map.listing import state, told
from gateway.cli.map.session import UsageError, document, json_option, kind_of, type_option
from scim.finding import look
from scim.identity.links import Link
from scim.kind import Kind
from scim_adapter import Get, NotFound

NAME = "show"
HELP = "Show what the map and the backend know of one id, or of the account with this name."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("who", metavar="ID|NAME", help="an id, or a userName (of a group its displayName)")
    type_option(parser)
    json_option(parser)


async def act(opened: Opened, chosen: argparse.Namespace) -> int:
    """Print it; 1 when the backend does not have the account."""
    kind = kind_of(opened, chosen.type)
    await kind.prepare()
    link = await find(kind, chosen.who)
    if link is None:
        raise UsageError(f"Neither the map nor the backend has a {kind.type} with this id or name.")
    there = await stands(kind, link.key)
    if chosen.json:
        document({**told(link), "inBackend": there})
    else:
        print(f"id        {link.id}\nkey       {link.key}\nstate     {state(link)}\ncreated   {link.created or '-'}")
        print(f"backend   {'has the account' if there else 'does not have the account'}")
        for name, value in sorted(link.kept.items()):
            print(f"keeps     {name}: {value}")
        if link.next_key:
            print(f"renaming  to the key {link.next_key}; the rename was interrupted")
        if link.unfinished:
            print("create    was interrupted; its side steps are repeated by the next change")
    return 0 if there else 1


async def find(kind: Kind, who: str) -> Link | None:
    """The link of an id or of a name, visible or not; None when nobody has it."""
    if link := await kind.map.read(kind.type, who):
        return link
    record = await look(kind, who, kind.asking())
    return await kind.map.meet(kind.type, kind.key_of(record)) if record is not None else None


async def stands(kind: Kind, key: str) -> bool:
    """Whether the backend has a record with this key."""
    try:
        await kind.resource.get(Get(key, frozenset({kind.resource.key}), kind.asking()))
    except NotFound:
        return False
    return True
