"""Several reads at once, no more than a backend or a store is asked for by one request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

READS_AT_ONCE = 16
One = TypeVar("One")
Read = TypeVar("Read")


async def together(read: Callable[[One], Awaitable[Read]], ones: Sequence[One]) -> list[Read]:
    """What `read` answers for each, in their order, 16 at a time.

    The first error ends it: what has not begun is not read, and what is under way is given up.
    """
    found: dict[int, Read] = {}
    waiting = deque(enumerate(ones))

    async def reading() -> None:
        while waiting:
            number, one = waiting.popleft()
            try:
                found[number] = await read(one)
            except BaseException:
                waiting.clear()
                raise

    readers = [asyncio.create_task(reading()) for _ in range(min(READS_AT_ONCE, len(ones)))]
    try:
        await asyncio.gather(*readers)
    except BaseException:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        raise
    return [found[number] for number in range(len(ones))]
