"""`token`: issue, list and revoke the bearer tokens of a connection."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from gateway.authentication.access import forget
from gateway.authentication.issued import Issued, TokenRefused, issue, listed, revoke
from gateway.cli.options import config_option, connection_option
from gateway.config import Config
from gateway.stores import missing, open_store
from scim.identity.store import Store, StoreUnavailable

NAME = "token"
HELP = "Issue, list and revoke the bearer tokens of a connection."
DAYS = 365
MOST_DAYS = 3650
NAME_LENGTH = 80
ENDED = "ended, in every process within a minute"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    commands = parser.add_subparsers(dest="token_command", metavar="COMMAND", required=True)
    for name, text, act, options in COMMANDS:
        command = commands.add_parser(name, help=text, description=text)
        connection_option(command)
        config_option(command)
        command.add_argument("--json", action="store_true", help="write JSON, one document for each line")
        command.set_defaults(token_action=act)
        options(command)


def _issue_options(command: argparse.ArgumentParser) -> None:
    whose = f"for whom it is, for your own eyes: at most {NAME_LENGTH} characters"
    command.add_argument("--name", type=_name, default="", metavar="TEXT", help=whose)
    days = f"how long it opens the connection ({DAYS}; at most {MOST_DAYS})"
    command.add_argument("--days", type=_days, default=DAYS, metavar="N", help=days)


def _revoke_options(command: argparse.ArgumentParser) -> None:
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="ID", help="the token to end, by the id that `token list` shows")
    which.add_argument("--expired", action="store_true", help="forget all tokens that have expired")
    access = "end all access tokens that the connection's token endpoint has given out"
    which.add_argument("--access-tokens", action="store_true", help=access)


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Run one of them; 2 for a mistake of the user's, 1 for a store that cannot be used."""
    if config.store == "memory:":
        print(
            'Tokens live in the store, and "memory:" forgets them when this command ends; set store.', file=sys.stderr
        )
        return 2
    if chosen.token_action is not _issue and (why := missing(config.store)):
        print(why, file=sys.stderr)
        return 2
    try:
        return asyncio.run(_run(config, chosen))
    except TokenRefused as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreUnavailable, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


async def _run(config: Config, chosen: argparse.Namespace) -> int:
    store = open_store(config.store)
    action: Callable[[Store, argparse.Namespace], Awaitable[None]] = chosen.token_action
    try:
        await action(store, chosen)
    finally:
        await store.aclose()
    return 0


async def _issue(store: Store, chosen: argparse.Namespace) -> None:
    made, token = await issue(store, chosen.connection, chosen.name, chosen.days)
    if chosen.json:
        _document({"token": token, **_told(made)})
        return
    print(token)
    end = f"It opens {chosen.connection} until {_when(made.expires)} and is shown only now."
    print(f"{end} `token revoke {chosen.connection} --id {made.id}` ends it.", file=sys.stderr)


async def _list(store: Store, chosen: argparse.Namespace) -> None:
    for one in await listed(store, chosen.connection):
        if chosen.json:
            _document(_told(one))
        else:
            used = f"used {_when(one.used)}" if one.used else "never used"
            state = "expired" if one.expired else "expires"
            print(f"{one.id}  issued {_when(one.created)}  {state} {_when(one.expires)}  {used:<25}  {one.name}")


async def _revoke(store: Store, chosen: argparse.Namespace) -> None:
    if chosen.access_tokens:
        had = await forget(store, chosen.connection)
        if chosen.json:
            _document({"accessTokens": True, "revoked": had})
        else:
            print(f"The access tokens of {chosen.connection} {ENDED}." if had else "There are no access tokens.")
        return
    expired = chosen.id is None
    ended = [one.id for one in await listed(store, chosen.connection) if one.expired] if expired else [chosen.id]
    for id in ended:
        await revoke(store, chosen.connection, id)
        if chosen.json:
            _document({"id": id, "revoked": True})
        else:
            print(f"{id} {'is forgotten' if expired else ENDED}.")
    if not ended:
        print(f"{chosen.connection} has no token that has expired.", file=sys.stderr)


COMMANDS = (
    ("issue", "Make a token, write it to standard output, and never show it again.", _issue, _issue_options),
    ("list", "List the tokens that were issued, with when each expires and was last used.", _list, lambda _: None),
    ("revoke", "End tokens: they open nothing any more, in every process within a minute.", _revoke, _revoke_options),
)


def _name(text: str) -> str:
    if len(text) > NAME_LENGTH or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a name has at most {NAME_LENGTH} characters that can be printed.")
    return text


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(MOST_DAYS)) or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"a token lives 1 to {MOST_DAYS} days.")
    return int(text)


def _told(one: Issued) -> dict[str, Any]:
    times = {
        "created": _when(one.created),
        "expires": _when(one.expires),
        "used": _when(one.used) if one.used else None,
    }
    return {"id": one.id, "name": one.name, "state": "expired" if one.expired else "active", **times}


def _when(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))
