"""The store of one process: for tests and for trying things out. It forgets everything at the end."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from gateway.stores.limits import check, check_key, check_scan
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Row, Value


@dataclass(frozen=True, slots=True)
class _Held:
    values: dict[str, Value]
    etag: str
    written: float


class MemoryStore:
    """Rows in a dictionary. `clock` is the store's own clock, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._partitions: dict[str, dict[str, _Held]] = {}
        self._clock = clock
        self._numbers = itertools.count(1)

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None."""
        check_key(partition, key)
        held = self._partitions.get(partition, {}).get(key)
        return self._row(key, held) if held else None

    def _row(self, key: str, held: _Held) -> Row:
        return Row(key, dict(held.values), held.etag, max(0.0, self._clock() - held.written))

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys."""
        check_scan(partition, prefix)
        rows = self._partitions.get(partition, {})
        for key in sorted(key for key in rows if key.startswith(prefix)):
            if key in rows:
                yield self._row(key, rows[key])

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none. Nothing is awaited in between, so no other task sees a part of it."""
        check(partition, operations)
        rows = self._partitions.setdefault(partition, {})
        for operation in operations:
            _expect(operation, rows.get(operation.key))
        return [self._apply(rows, operation) for operation in operations]

    def _apply(self, rows: dict[str, _Held], operation: Operation) -> str:
        if isinstance(operation, Delete):
            del rows[operation.key]
            return ""
        old = rows.get(operation.key)
        before = old.values if old and isinstance(operation, Merge) else {}
        etag = str(next(self._numbers))
        rows[operation.key] = _Held({**before, **operation.values}, etag, self._clock())
        return etag

    async def aclose(self) -> None:
        """Nothing is open."""
        return


def _expect(operation: Operation, held: _Held | None) -> None:
    if isinstance(operation, Merge):
        return
    if isinstance(operation, Insert):
        fits = held is None
    else:
        fits = held is not None and operation.etag in ("*" if isinstance(operation, Delete) else held.etag, held.etag)
    if not fits:
        raise Conflict(operation.key)
