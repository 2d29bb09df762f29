"""What a test opens is closed after it, and meanwhile nobody waits between attempts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import stamina


class Closes(Protocol):
    async def aclose(self) -> None: ...


T = TypeVar("T", bound=Closes)


@asynccontextmanager
async def opening(make: Callable[..., T], attempts: int = 3) -> AsyncIterator[Callable[..., T]]:
    """Calls `make` as often as a test wants, and closes all that it made."""
    opened: list[T] = []

    def open(*arguments: Any, **options: Any) -> T:
        opened.append(make(*arguments, **options))
        return opened[-1]

    with stamina.set_testing(True, attempts=attempts, cap=True):
        yield open
    for one in opened:
        await one.aclose()
