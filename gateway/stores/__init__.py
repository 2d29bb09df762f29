"""The stores that can hold identity maps, chosen by a URL. Only the chosen one's packages are imported."""

from __future__ import annotations

import re
from pathlib import Path

from scim.identity.store import Store

FORMS = (
    '"memory:", "sqlite:PATH", "tables:https://ACCOUNT.table.core.windows.net", '
    '"tables:UseDevelopmentStorage=true" or "tables:" and a connection string with an account and its key or signature'
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
    raise ValueError(f"A store is written {FORMS}.")
