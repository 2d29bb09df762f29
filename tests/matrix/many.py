"""Many cases at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def for_each(cases: Sequence[T], act: Callable[[T], Awaitable[None]], at_once: int = 24) -> None:
    """Act on all cases, so many at once; AssertionError with all that failed."""
    gate, failures = asyncio.Semaphore(at_once), list[str]()

    async def one(case: T) -> None:
        async with gate:
            try:
                await act(case)
            except Exception as error:
                failures.append(f"{case}: {error!r}")

    await asyncio.gather(*map(one, cases))
    assert not failures, "\n".join(failures)
