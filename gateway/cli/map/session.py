"""One command on one connection: opened, its faults told in a sentence, closed."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.application import Application
from gateway.config import Config, ConfigError
from gateway.faults import place
from gateway.opened import Opened
from gateway.stores import missing
from scim.errors import ScimError
from scim.identity.schema import MapRefused
from scim.identity.store import StoreUnavailable
from scim.identity.transfer import TransferRefused
from scim.kind import Kind
from scim_adapter import AdapterError

Action = Callable[[Opened, argparse.Namespace], Awaitable[int]]


class UsageError(Exception):
    """The user asked for something that cannot be. The message says what and what to do."""


def on(config: Config, chosen: argparse.Namespace, action: Action) -> int:
    """Run an action; 2 for a mistake of the user's, 1 for what went wrong in the store or the backend."""
    if not chosen.makes_store and (why := missing(config.store)):
        print(why, file=sys.stderr)
        return 2
    try:
        return asyncio.run(_run(config, chosen, action))
    except (UsageError, TransferRefused, MapRefused) as error:
        print(error, file=sys.stderr)
        return 2
    except ScimError as error:
        print(error.detail, file=sys.stderr)
    except (StoreUnavailable, AdapterError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"{error.filename or 'The file'}: {error.strerror}.", file=sys.stderr)
        return 2
    except ConfigError:
        raise
    except Exception as error:  # a fault of the adapter's; its message may hold anything, so only its place is told
        print(f"The adapter has a fault: {type(error).__name__} in {place(error)}.", file=sys.stderr)
    return 1


async def _run(config: Config, chosen: argparse.Namespace, action: Action) -> int:
    application = Application(config)
    try:
        return await action(application.opened(chosen.connection), chosen)
    finally:
        await application.aclose()


def type_option(parser: argparse.ArgumentParser) -> None:
    """Add `--type`."""
    parser.add_argument("--type", default="User", metavar="T", help="the resource type: User (default) or Group")


def json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="write JSON, one document for each line")


def dry_option(parser: argparse.ArgumentParser) -> None:
    """Add `--dry-run`."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")


def kind_of(opened: Opened, type: str) -> Kind:
    """The resource type of this name; `UsageError` lists what there is."""
    found = next((kind for kind in opened.service.kinds if kind.type.casefold() == type.casefold()), None)
    if found is None:
        raise UsageError(f"This connection has no {type}; it has {', '.join(k.type for k in opened.service.kinds)}.")
    return found


def document(value: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=False)
