"""`map show`: what the map and the backend know of one resource."""

from __future__ import annotations

import argparse

from gateway.cli.map.listing import state, told
from gateway.cli.map.session import UsageError, document, json_option, kind_of, type_option
from gateway.opened import Opened
from scim.finding import look
from scim.identity.links import Link
from scim.kind import Kind
from scim_adapter import Get, Native, NotFound

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
    record = await record_of(kind, link.key)
    there = record is not None
    name = name_of(kind, record) if record else ""
    if chosen.json:
        document({**told(kind, link), kind.naming.path: name or None, "inBackend": there})
    else:
        print(f"id        {link.id}\nkey       {link.key}\nstate     {state(link)}\ncreated   {link.created or '-'}")
        print(f"backend   {'has the account' if there else 'does not have the account'}")
        if name:
            print(f"{kind.naming.path:<9} {name}")
        seen = kind.holding.told(link.kept)
        for path in sorted(link.kept):
            print(f"keeps     {path}: {seen.get(path, 'not shown, since this connection does not keep it any more')}")
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


async def record_of(kind: Kind, key: str) -> Native | None:
    """The backend's record with this key, as far as its name and what comes with it; None when there is none."""
    wanted = frozenset({kind.resource.key, kind.naming.field.native})
    try:
        return await kind.resource.get(Get(key, wanted, kind.asking()))
    except NotFound:
        return None


def name_of(kind: Kind, record: Native) -> str:
    """What clients match by: the userName of a user, the displayName of a group."""
    return str(kind.naming.to_scim(record.get(kind.naming.field.native)) or "")
