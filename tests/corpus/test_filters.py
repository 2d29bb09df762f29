"""The corpus of filters over the engine, on the directory and on a backend that can only list: the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import filters_logic, filters_refused, filters_texts, filters_types, filters_vendors
from tests.corpus.row import Refusal, Row
from tests.corpus.world import World, build

FOUND: list[Row] = [
    row for module in (filters_texts, filters_logic, filters_types, filters_vendors) for row in module.ROWS
]
REFUSED: list[Refusal] = filters_refused.ROWS
BUGS: dict[str, str] = {}
"""Rows of which the engine is known to be wrong."""


def cases(rows: Sequence[Row | Refusal]) -> list[Any]:
    """The rows as parameters, those that cannot pass yet marked."""
    marks = [[pytest.mark.xfail(strict=True, reason=BUGS[row.filter])] if row.filter in BUGS else [] for row in rows]
    return [
        pytest.param(row, id=f"{row.why}: {row.filter[:50]}", marks=mark) for row, mark in zip(rows, marks, strict=True)
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(build(Path(tmp_path_factory.mktemp("corpus"))))


def test_the_corpus_is_large_and_says_a_thing_once() -> None:
    rows: list[Row | Refusal] = [*FOUND, *REFUSED]
    assert len(rows) >= 250
    assert len({(row.filter, row.endpoint) for row in rows}) == len(rows)
    assert all(row.why for row in rows)


@pytest.mark.parametrize("row", cases(FOUND))
async def test_a_filter_finds_whom_it_means_and_nobody_else(world: World, row: Row) -> None:
    assert await world.found(row.endpoint, row.filter) == row.people


@pytest.mark.parametrize("row", cases(REFUSED))
async def test_what_is_no_filter_is_refused_with_its_place(world: World, row: Refusal) -> None:
    error = await world.found(row.endpoint, row.filter)
    assert isinstance(error, dict), f"it found {error!r}"
    assert (error["status"], error["scimType"]) == ("400", "invalidFilter")
    assert len(error["detail"]) < 250
    if row.place is not None:
        assert ("at its end" if row.place == 0 else f"at character {row.place}:") in error["detail"]
    assert row.says in error["detail"]
