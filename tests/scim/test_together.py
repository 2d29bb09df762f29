"""Several reads at once: as many as are allowed, in order, and none after a failure."""

from __future__ import annotations

import asyncio

import pytest

from scim.together import READS_AT_ONCE, together
from scim_adapter import Unavailable
from tests.backends import Circle, Shelf
from tests.scim.harness import Engine

GROUPS = 100


class Reads:
    """Reads that take a turn of the loop or more, and are counted."""

    def __init__(self, failing: int = -1) -> None:
        self.begun, self.ended, self.most, self._failing = 0, 0, 0, failing

    async def __call__(self, number: int) -> int:
        self.begun += 1
        self.most = max(self.most, self.begun - self.ended)
        try:
            for _ in range(number % 7 + 1):
                await asyncio.sleep(0)
            if number == self._failing:
                raise LookupError(number)
            return number * number
        finally:
            self.ended += 1


@pytest.mark.parametrize("count", [0, 1, READS_AT_ONCE - 1, READS_AT_ONCE, READS_AT_ONCE + 1, 1000])
async def test_everything_is_read_in_order_and_no_more_than_that_at_once(count: int) -> None:
    reads = Reads()
    assert await together(reads, range(count)) == [number * number for number in range(count)]
    assert (reads.begun, reads.ended) == (count, count)
    assert reads.most == min(count, READS_AT_ONCE)


@pytest.mark.parametrize("failing", [0, 3, READS_AT_ONCE, 500])
async def test_the_first_failure_ends_it_and_nothing_goes_on_behind(failing: int) -> None:
    reads = Reads(failing)
    with pytest.raises(LookupError, match=str(failing)):
        await together(reads, range(1000))
    assert reads.begun == reads.ended, "what was under way has ended"
    assert reads.begun <= failing + 8 * READS_AT_ONCE
    begun = reads.begun
    await asyncio.sleep(0.01)
    assert reads.begun == begun


async def test_a_read_under_way_is_given_up_when_another_one_fails() -> None:
    given_up = asyncio.Event()

    async def read(number: int) -> None:
        if number:
            raise LookupError(number)
        try:
            await asyncio.Event().wait()  # for ever
        finally:
            given_up.set()

    with pytest.raises(LookupError):
        async with asyncio.timeout(10):
            await together(read, range(2))
    assert given_up.is_set()


async def test_who_gives_up_the_whole_gives_up_each_read() -> None:
    reads = Reads()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await together(reads, range(1000))
    assert reads.begun == reads.ended


async def test_a_page_whose_first_group_cannot_be_read_asks_for_hardly_any_other() -> None:
    circle = Circle()
    engine = Engine(Shelf(), groups=circle)
    for number in range(GROUPS):
        circle.records[f"g{number}"] = {"key": f"g{number}", "name": f"Group {number}", "people": []}
    assert (await engine.send("GET", "/Groups", query="excludedAttributes=members")).status == 200

    def failing() -> None:
        if circle.calls["get"] == 1:
            raise Unavailable("The backend has hung up.")

    circle.calls.clear()
    circle.before["get"] = failing
    assert (await engine.send("GET", "/Groups")).status == 503
    await asyncio.sleep(0.01)
    assert 0 < circle.calls["get"] <= READS_AT_ONCE
