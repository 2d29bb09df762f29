"""`make scale`: what requests cost on Azure Table Storage with 20,000 people. It takes half a minute."""

from __future__ import annotations

import time
import uuid

import pytest

from gateway.stores.azure_tables import TableStore
from tests.stores.costs import COSTS, costs, fill


@pytest.mark.parametrize("people", [1_000, 20_000])
async def test_the_number_of_rows_does_not_matter(people: int, tables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scim.identity.overrides.OVERRIDE_SECONDS", 1e6)
    store = TableStore(tables, f"t{uuid.uuid4().hex}")
    started = time.monotonic()
    await fill(store, people)
    filled = time.monotonic()
    assert await costs(store) == COSTS
    await store.aclose()
    print(f"{people:,} people: filled in {filled - started:.0f} s, asked in {time.monotonic() - filled:.1f} s")
