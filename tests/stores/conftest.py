"""The three stores as one fixture."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.stores.azure_tables import TableStore
from gateway.stores.memory import MemoryStore
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Store


@pytest.fixture(params=["memory", "sqlite", "tables"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = SqliteStore(tmp_path / "deep" / "gateway.db")
    else:
        opened = TableStore(request.getfixturevalue("tables"), f"t{uuid.uuid4().hex}")
    yield opened
    await opened.aclose()
