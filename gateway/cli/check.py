"""`check`: whether one connection would work, step by step."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from gateway.application import Application
from gateway.authentication.entrances import entrances
from gateway.cli.options import connection_option
from gateway.config import Config, Connection
from gateway.faults import place
from gateway.opened import Opened
from scim.identity.schema import MapRefused
from scim.identity.store import Conflict, Delete, Merge, Store, StoreUnavailable
from scim_adapter import AdapterError, Denied

NAME = "check"
HELP = "Say step by step whether a connection's settings, identity store and backend are right."
SECONDS = 60
TRIAL = "check"
"""The row that is written and removed again, in a partition of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is ok, refused or failed."""

    step: str
    state: str
    text: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    connection_option(parser)
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Print a line for each step; 1 when one of them failed."""
    return asyncio.run(_check(config, chosen.connection, as_json=chosen.json))


async def _check(config: Config, name: str, *, as_json: bool) -> int:
    application = Application(config)
    opened = application.opened(name)
    found: list[Step] = []
    try:
        async for step in _steps(config, application, opened):
            found.append(step)
            if not as_json:
                print(f"{step.step:<9} {step.state:<7} {step.text}", flush=True)
    finally:
        await application.aclose()
    ok = all(step.state == "ok" for step in found)
    if as_json:
        print(json.dumps({"connection": name, "steps": [asdict(step) for step in found], "ok": ok}))
    return 0 if ok else 1


async def _steps(config: Config, application: Application, opened: Opened) -> AsyncIterator[Step]:
    connection = opened.connection
    users = len(opened.service.kinds[0].table.bindings)
    yield Step("settings", "ok", f"adapter {connection.backend.adapter.__name__}, {users} attributes mapped")

    async def stored() -> None:
        await opened.map.open()
        await _write(application.store)

    yield await _step("store", f"map {connection.map} on {config.store.split(':')[0]}", stored)
    yield await _clients(connection, application.store)
    yield await _step("backend", "it answers and takes the credentials", opened.adapter.check)


async def _clients(connection: Connection, store: Store) -> Step:
    try:
        ways = await entrances(connection, store)
    except StoreUnavailable as error:
        return Step("clients", "failed", str(error))
    nobody = f"nobody can come in: `python -m gateway token issue {connection.name}` makes a token."
    return Step("clients", "ok", f"they come in by {', '.join(ways)}") if ways else Step("clients", "failed", nobody)


async def _write(store: Store) -> None:
    """Write a row and remove it: a store that can only be read fails at the first create."""
    await store.commit(TRIAL, [Merge(TRIAL, {"written": True})])
    with suppress(Conflict):  # another check was quicker
        await store.commit(TRIAL, [Delete(TRIAL)])


async def _step(step: str, success: str, action: Callable[[], Awaitable[None]]) -> Step:
    try:
        async with asyncio.timeout(SECONDS):
            await action()
    except (AdapterError, StoreUnavailable, MapRefused, TimeoutError) as error:
        why = str(error) or ("it did not answer in time." if isinstance(error, TimeoutError) else type(error).__name__)
        return Step(step, "refused" if isinstance(error, Denied) else "failed", why)
    except Exception as error:  # a fault of the adapter's; its message may hold anything, so only its place is told
        return Step(step, "failed", f"the adapter has a fault: {type(error).__name__} in {place(error)}.")
    return Step(step, "ok", success)
