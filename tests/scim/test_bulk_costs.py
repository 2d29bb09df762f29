"""What a Bulk costs: as much as its operations alone, and one PATCH more for each reference that had to wait."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from scim.bulk.job import Job
from scim.bulk.operation import read
from scim.message import Request, Response
from tests.backends import AmendingCircle, Circle
from tests.scim.bulking import group, operation, outcomes, patch, statuses, user
from tests.scim.harness import BASE, Engine

Costs = tuple[dict[str, int], dict[str, int], dict[str, int]]


def prepared(circle: type[Circle]) -> Engine:
    return Engine(groups=circle(), write_deadline=50.0)


async def costs(engine: Engine) -> Costs:
    """Operations of the store and calls of the two backends since the last call."""
    assert engine.groups
    found = (await engine.counted(), dict(engine.shelf.calls), dict(engine.groups.calls))
    engine.shelf.calls, engine.groups.calls = Counter(), Counter()
    return found


async def alone(engine: Engine, operations: list[Any]) -> list[str]:
    """The same, one request after the other, with the ids of what was made."""
    found, ids = [], dict[str, str]()
    for one in operations:
        path, data = (_with(part, ids) for part in (one["path"], one.get("data")))
        answer = await engine.send(one["method"], path, data)
        if "bulkId" in one:
            ids["bulkId:" + one["bulkId"]] = answer.id
        found.append(str(answer.status))
    return found


def _with(part: Any, ids: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _with(value, ids) for name, value in part.items()}
    if isinstance(part, list):
        return [_with(value, ids) for value in part]
    if isinstance(part, str) and "bulkId:" in part:
        before, _, id = part.rpartition("bulkId:")
        return before + ids["bulkId:" + id]
    return part


MIXED = [
    user("boss"),
    user("ada", "bulkId:boss"),
    user("bob", {"value": "bulkId:boss"}, externalId="E1"),
    group("team", "bulkId:ada", "bulkId:bob"),
    patch("/Users/bulkId:ada", "replace", "displayName", "Ada"),
    patch("/Groups/bulkId:team", "remove", "members", [{"value": "bulkId:ada"}]),
    patch("/Users/bulkId:bob", "replace", "active", False),
    operation("PUT", "/Users/bulkId:bob", {"userName": "bob2"}),
    operation("DELETE", "/Groups/bulkId:team"),
    operation("DELETE", "/Users/bulkId:ada"),
]


@pytest.mark.parametrize("circle", [Circle, AmendingCircle], ids=["whole lists", "deltas"])
async def test_a_bulk_costs_what_its_operations_cost_alone(circle: type[Circle]) -> None:
    together, apart = prepared(circle), prepared(circle)
    told = await outcomes(together, *MIXED)
    assert statuses(told) == await alone(apart, MIXED)
    assert await costs(together) == await costs(apart)
    assert together.shelf.records.keys() == apart.shelf.records.keys()


@pytest.mark.parametrize("circle", [Circle, AmendingCircle], ids=["whole lists", "deltas"])
async def test_forward_references_cost_nothing_more(circle: type[Circle]) -> None:
    together, apart = prepared(circle), prepared(circle)
    made = MIXED[:4]
    told = await outcomes(together, *reversed(made))
    assert statuses(told) == await alone(apart, made)
    assert await costs(together) == await costs(apart)


@pytest.mark.parametrize("circle", [Circle, AmendingCircle], ids=["whole lists", "deltas"])
async def test_a_circle_costs_one_patch_more(circle: type[Circle]) -> None:
    together, apart = prepared(circle), prepared(circle)
    ring = [group(f"g{n}", f"bulkId:g{(n + 1) % 5}") for n in range(5)]
    assert statuses(await outcomes(together, *ring)) == ["201"] * 5
    first_without = [group("g4"), *(group(f"g{n}", f"bulkId:g{n + 1}") for n in (3, 2, 1, 0))]
    await alone(apart, [*first_without, patch("/Groups/bulkId:g4", "add", "members", [{"value": "bulkId:g0"}])])
    assert await costs(together) == await costs(apart)


# -- a thousand of them ----------------------------------------------------------------------------------------------

SHAPES: dict[str, Any] = {
    "each refers to the one before": lambda n, size: user(f"u{n}", f"bulkId:u{n - 1}" if n else None),
    "each refers to the one behind": lambda n, size: user(f"u{n}", f"bulkId:u{n + 1}" if n < size - 1 else None),
    "a ring": lambda n, size: user(f"u{n}", f"bulkId:u{(n + 1) % size}"),
    "all refer to the last one": lambda n, size: user(f"u{n}", f"bulkId:u{size - 1}" if n < size - 1 else None),
    "one refers to all": lambda n, size: user(f"u{n}") if n else group("g", *(f"bulkId:u{m}" for m in range(1, size))),
    "all wait for one": lambda n, size: (
        group(f"g{n}", "bulkId:g0") if n else group("g0", *(f"bulkId:g{m}" for m in range(1, size)))
    ),
    "pairs": lambda n, size: group(f"g{n}", f"bulkId:g{n ^ 1}"),
    "all fail": lambda n, size: operation("DELETE", f"/Users/bulkId:{n}"),
}


async def lines(engine: Engine, size: int, shape: Any) -> int:
    """How many lines of Bulk's own run, for so many operations on a backend that costs nothing."""
    sent = [read(shape(n, size), BASE) for n in range(size)]
    kinds = {kind.schema.endpoint.casefold(): kind for kind in engine.service.kinds}
    made = itertools.count()

    async def perform(request: Request) -> Response:
        return Response(201, {"location": f"{BASE}{request.path}/{next(made)}"})

    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "/scim/bulk/" in frame.f_code.co_filename else None

    job = Job(sent, kinds, perform, BASE, margin=0, patience=None)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        await job.run()
    finally:
        sys.settrace(before)
    assert len(job.outcomes) == size
    return count


@pytest.mark.slow
@pytest.mark.parametrize("why", SHAPES)
async def test_nothing_of_it_grows_faster_than_the_number_of_operations(why: str) -> None:
    engine = prepared(AmendingCircle)
    few, many = [await lines(engine, size, SHAPES[why]) for size in (100, 800)]
    assert many < 10 * few, "8 times as many operations"


@pytest.mark.slow
async def test_a_group_and_its_999_members_are_made_by_one_bulk() -> None:
    engine = prepared(AmendingCircle)
    told = await outcomes(engine, *(SHAPES["one refers to all"](n, 1000) for n in range(1000)))
    assert {one["status"] for one in told} == {"201"}
    [team] = engine.groups.records.values() if engine.groups else []
    assert len(team["people"]) == len(engine.shelf.records) == 999
    stored, users, _ = await costs(engine)
    assert users == {"find": 999, "create": 999, "get": 999}
    assert stored["write"] == 2 * 1000 + 1 + 10, "for each create, for the map itself, for a hundred members shown each"
