"""Requests cost the same operations on every store, and with many rows no more than with few."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Store
from tests.end_to_end.processes import ROOT
from tests.stores.costs import COSTS, costs, fill, fill_file, table


@pytest.fixture(autouse=True)
def one_look_at_the_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, a process reads them once."""
    monkeypatch.setattr("scim.identity.overrides.OVERRIDE_SECONDS", 1e6)


async def test_each_request_costs_the_same_operations_on_every_store(store: Store) -> None:
    await fill(store, 30)
    assert await costs(store) == COSTS


async def work_of_sqlite(path: Path, people: int) -> int:
    """How much SQLite does for all requests, in hundreds of its own instructions."""
    done = [0]

    def count() -> None:
        done[0] += 1

    fill_file(path, people)
    store = SqliteStore(path)
    await store._run(lambda connection: connection.set_progress_handler(count, 100))
    started = time.monotonic()
    assert await costs(store) == COSTS
    print(f"{people:,} people: {done[0]} hundred instructions, {time.monotonic() - started:.1f} s")
    await store.aclose()
    return done[0]


@pytest.mark.slow
async def test_with_a_hundred_thousand_people_nothing_costs_more_than_with_a_thousand(tmp_path: Path) -> None:
    few, many = [await work_of_sqlite(tmp_path / f"{people}.db", people) for people in (1_000, 100_000)]
    assert many < 1.5 * few, "a look-up does not use the index"


def test_the_page_has_the_table_of_costs() -> None:
    assert table() in (ROOT / "docs" / "explanation" / "identity-map.md").read_text(), table()
