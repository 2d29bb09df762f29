"""`check`: whether one connection would work, step by step."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from gateway.application import Application
from gateway.config import Config
from gateway.faults import place
from scim.identity.schema import MapRefused
from scim.identity.store import StoreUnavailable
from scim_adapter import AdapterError, Denied

NAME = "check"
HELP = "Say step by step whether a connection's settings, identity store and backend are right."
SECONDS = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("connection", metavar="CONNECTION", help="the name of a connection in the configuration")


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Print a line for each step; 1 when one of them failed."""
    if chosen.connection not in config.connections:
        names = ", ".join(sorted(config.connections))
        print(f"There is no connection {chosen.connection}; the configuration has {names}.", file=sys.stderr)
        return 2
    return asyncio.run(_check(config, chosen.connection))


async def _check(config: Config, name: str) -> int:
    application = Application(config)
    opened = application.opened(name)
    connection = config.connections[name]
    users = len(opened.service.kinds[0].table.bindings)
    print(f"settings  ok      adapter {connection.adapter.__name__}, {users} attributes mapped")
    try:
        store = await _step("store", f"map {connection.map} on {config.store.split(':')[0]}", opened.map.open)
        backend = await _step("backend", "it answers and takes the credentials", opened.adapter.check)
    finally:
        await application.aclose()
    return 0 if store and backend else 1


async def _step(step: str, success: str, action: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(SECONDS):
            await action()
    except (AdapterError, StoreUnavailable, MapRefused, TimeoutError) as error:
        why = str(error) or ("it did not answer in time." if isinstance(error, TimeoutError) else type(error).__name__)
        what = "refused" if isinstance(error, Denied) else "failed "
        print(f"{step:<9} {what} {why}")
        return False
    except Exception as error:  # a fault of the adapter's; its message may hold anything, so only its place is told
        print(f"{step:<9} failed  the adapter has a fault: {type(error).__name__} in {place(error)}.")
        return False
    print(f"{step:<9} ok      {success}")
    return True
