"""Several visits at a time, never more of them in memory than are under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

Call = Callable[[], None]


def each(workers: int, visits: Iterable[Call], finished: Call) -> None:
    """Make the visits and call `finished` after every one. The first exception ends it."""
    if workers == 1:
        for visit in visits:
            visit()
            finished()
        return
    pool = ThreadPoolExecutor(workers)
    under_way: set[Future[None]] = set()
    try:
        for visit in visits:
            if len(under_way) >= 2 * workers:
                under_way = _reaped(under_way, finished)
            under_way.add(pool.submit(visit))
        while under_way:
            under_way = _reaped(under_way, finished)
    finally:
        pool.shutdown(cancel_futures=True)


def _reaped(under_way: set[Future[None]], finished: Call) -> set[Future[None]]:
    done, rest = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
        finished()
    return rest
