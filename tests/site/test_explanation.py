"""The tables of the explaining pages are what the engine does."""

from __future__ import annotations

import re

import pytest

from scim_adapter import Can
from tests.backends import AmendingCircle, Circle, Shelf
from tests.scim.harness import Answer, Engine, replace_
from tests.site.built import ROOT, table

PAGES = ROOT / "docs" / "explanation"
SUPERSET = (PAGES / "why-a-superset-is-safe.md").read_text()
CHANGES = (PAGES / "read-modify-write.md").read_text()


@pytest.mark.parametrize(("filter", "asked"), table(SUPERSET, "| filter |"))
async def test_a_filter_asks_the_backend_for_what_its_row_says(filter: str, asked: str) -> None:
    engine = Engine()
    engine.shelf.queries.clear()
    await engine.find(filter.strip("`"))
    fields = [condition.field for condition in engine.shelf.queries[0].where]
    assert " and ".join(fields) == ("" if asked == "everything" else asked)


CALLS = {row[0]: row[1] for row in table(CHANGES, "| request |")}


async def _changed(engine: Engine, answer: Answer, path: str, value: str) -> dict[str, int]:
    engine.shelf.calls.clear()
    assert (await engine.patch(answer.id, replace_(path, value))).status == 200
    return dict(engine.shelf.calls)


async def test_the_calls_of_a_change() -> None:
    engine = Engine()
    ada = await engine.create(displayName="Ada")
    assert CALLS["PATCH or PUT that changes nothing"] == "get"
    assert await _changed(engine, ada, "displayName", "Ada") == {"get": 1}
    assert CALLS["PATCH or PUT that changes something"] == "get, update; get where `update` answers with None"
    assert await _changed(engine, ada, "displayName", "Ada L") == {"get": 2, "update": 1}


@pytest.mark.parametrize(
    ("groups", "row", "calls"),
    [
        (AmendingCircle(), "PATCH that only adds or removes members, with `amend`", {"amend": 1}),
        (Circle(can=Can(version="etag")), "the same without `amend`", {"get": 1, "update": 1}),
    ],
)
async def test_the_calls_of_a_change_of_members(groups: Circle, row: str, calls: dict[str, int]) -> None:
    engine = Engine(groups=groups)
    ada, team = await engine.create(), await engine.group("Team")
    groups.calls.clear()
    body = {"op": "add", "path": "members", "value": [{"value": ada.id}]}
    assert (await engine.change(f"/Groups/{team.id}", body)).status in {200, 204}
    assert dict(groups.calls) == calls
    assert set(re.findall(r"get|update|amend", CALLS[row])) >= set(calls)


@pytest.mark.parametrize(("can", "reads"), [(Can(version="etag"), 2), (Can(), 2), (Can(partial=False), 3)])
async def test_only_who_replaces_whole_records_without_versions_takes_a_turn(can: Can, reads: int) -> None:
    """A turn reads once more; every other change reads before and after its write."""
    engine = Engine(Shelf(can=can))
    ada = await engine.create()
    assert await _changed(engine, ada, "displayName", "Ada") == {"get": reads, "update": 1}
