"""The stores that can hold identity maps, chosen by a URL. Only the chosen one's packages are imported."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

from scim.identity.store import Store

FORMS = (
    '"memory:", "sqlite:PATH", "tables:https://ACCOUNT.table.core.windows.net", '
    '"tables:UseDevelopmentStorage=true", "tables:" and a connection string with an account and its key or signature, '
    'or "python:package.module:Class" for a store of your own'
)
TABLES = re.compile(
    r"https://[^/?#\s]+/?|UseDevelopmentStorage=true"
    r"|(?=.*\b(AccountName|TableEndpoint)=.)(?=.*\b(AccountKey|SharedAccessSignature)=.).*",
    re.IGNORECASE,
)


def fault(url: str) -> str:
    """Why no store can be opened by this URL, as the end of a sentence; empty when one can. Nothing is reached."""
    scheme, _, rest = url.partition(":")
    if scheme == "python" and rest.count(":") == 1:
        try:
            _named(rest)
        except Exception as error:  # importing it runs somebody else's code
            why = error if isinstance(error, ImportError | AttributeError) else type(error).__name__
            return f"{rest} cannot be found: {why}."
        return ""
    known = url == "memory:" or (scheme == "sqlite" and rest) or (scheme == "tables" and TABLES.fullmatch(rest))
    return "" if known else f"it is written {FORMS}."


def open_store(url: str) -> Store:
    """The store behind a URL that has no `fault`; nothing is opened or reached before it is used."""
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        from gateway.stores.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite":
        from gateway.stores.sqlite import SqliteStore

        return SqliteStore(Path(rest))
    if scheme == "tables":
        from gateway.stores.azure_tables import TableStore

        return TableStore(rest)
    return _named(rest)()


def missing(url: str) -> str:
    """Why a store has nothing to be looked at, in a sentence: its file is not there. Empty for every other store."""
    scheme, _, rest = url.partition(":")
    if scheme != "sqlite" or Path(rest).exists():
        return ""
    return f"There is no store {Path(rest).absolute()}: no gateway has used it yet, or gateway.toml has a wrong path."


def _named(name: str) -> Callable[[], Store]:
    """What makes a store without arguments, by the name of its module and its own."""
    module, _, inside = name.partition(":")
    found: Callable[[], Store] = getattr(importlib.import_module(module), inside)
    return found
