"""The stores that can hold identity maps, chosen by a URL. Only the chosen one's packages are imported."""

from __future__ import annotations

from pathlib import Path

from scim.identity.store import Store

FORMS = '"memory:", "sqlite:PATH", "tables:https://ACCOUNT.table.core.windows.net" or "tables:CONNECTION STRING"'


def open_store(url: str) -> Store:
    """The store behind a URL; nothing is opened or reached before it is used. ValueError lists the forms."""
    scheme, _, rest = url.partition(":")
    if scheme == "memory" and not rest:
        from gateway.stores.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite" and rest:
        from gateway.stores.sqlite import SqliteStore

        return SqliteStore(Path(rest))
    if scheme == "tables" and rest:
        from gateway.stores.azure_tables import TableStore

        return TableStore(rest)
    raise ValueError(f"A store is written {FORMS}.")
