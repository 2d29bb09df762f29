"""The page on the costs of groups is what a run comes to, and memory grows with what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT
from tests.scim.large import ASKS, SETTINGS, Cost, alone, build, costs, rows

PAGE = ROOT / "docs" / "reference" / "group-costs.md"


def on_page(backend: str, column: int) -> list[str]:
    """One column of a backend's table, with the requests."""
    tables = PAGE.read_text().split("## ")[1:3]
    lines = [line for line in tables[list(SETTINGS).index(backend)].splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [f"| {row[0]} | {row[column]} |" for row in cells]


def compare(folder: Path, backend: str, members: int, column: int, names: Iterable[str] = ASKS) -> None:
    build(folder, members)
    wanted = [line for line in on_page(backend, column) if line.split("|")[1].strip() in names]
    made = asyncio.run(costs(folder, backend, members, names))
    assert rows({members: made}) == wanted, "python -m tests.scim.large prints the tables to paste"
    assert len(wanted) == len(list(names))


@pytest.mark.parametrize(
    ("backend", "members", "column"),
    [
        ("directory", 10, 1),
        ("directory", 1_000, 2),
        ("without deltas", 10, 1),
        pytest.param("without deltas", 1_000, 2, marks=pytest.mark.slow),
    ],
)
def test_the_page_has_what_each_request_costs(backend: str, members: int, column: int, tmp_path: Path) -> None:
    compare(tmp_path, backend, members, column)


LONG = ("list of the groups with their members", "PUT without a difference", "PATCH of the name")
"""As long as their neighbours, and like them."""


@pytest.mark.slow
def test_the_page_has_what_each_request_about_fifty_thousand_costs(tmp_path: Path) -> None:
    compare(tmp_path, "directory", 50_000, 3, [name for name in ASKS if name not in LONG])


@pytest.mark.slow
def test_the_page_has_what_each_request_about_fifty_thousand_costs_without_deltas(tmp_path: Path) -> None:
    compare(tmp_path, "without deltas", 50_000, 3, ["PATCH adds 1,000", "DELETE"])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("large")
    build(folder, 50_000)
    yield folder


BOUNDS = [
    ("directory", "GET", 100),
    ("directory", "GET, `excludedAttributes=members`", 10),
    ("directory", "`displayName eq`, `excludedAttributes=members`", 10),
    ("directory", "PATCH adds 1,000", 20),
    ("directory", "PATCH with 1,000 operations", 20),
    ("without deltas", "PATCH adds 1", 215),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "name", "bound"), BOUNDS, ids=[f"{row[1]}, {row[0]}" for row in BOUNDS])
def test_memory_grows_with_what_is_shown(large: Path, backend: str, name: str, bound: int) -> None:
    """Twice what was measured, for a group of 50,000, in a process of its own."""
    cost: Cost = alone(large, backend, 50_000, name)
    assert cost.status < 300
    assert cost.memory < bound
    assert ASKS[name].method != "GET" or (cost.answer > 6_000_000) == (name == "GET")
