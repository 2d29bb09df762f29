"""The stores that can hold identity maps, chosen by a URL. Only the chosen one's packages are imported."""

from __future__ import annotations

import importlib
import re
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


def open_store(url: str) -> Store:
    """The store behind a URL; nothing is opened or reached before it is used. ValueError lists the forms."""
    scheme, _, rest = url.partition(":")
    if url == "memory:":
        from gateway.stores.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite" and rest:
        from gateway.stores.sqlite import SqliteStore

        return SqliteStore(Path(rest))
    if scheme == "tables" and TABLES.fullmatch(rest):
        from gateway.stores.azure_tables import TableStore

        return TableStore(rest)
    if scheme == "python" and rest.count(":") == 1:
        return _named(*rest.split(":"))
    raise ValueError(f"A store is written {FORMS}.")


def missing(url: str) -> str:
    """Why a store has nothing to be looked at, in a sentence: its file is not there. Empty for every other store."""
    scheme, _, rest = url.partition(":")
    if scheme != "sqlite" or Path(rest).exists():
        return ""
    return f"There is no store {Path(rest).absolute()}: no gateway has used it yet, or gateway.toml has a wrong path."


def _named(module: str, name: str) -> Store:
    """A store that is named by module and class (or function) and made without arguments."""
    try:
        made: Store = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"The store {module}:{name} cannot be found: {error}.") from error
    return made
