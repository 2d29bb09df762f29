"""What the identity map asks of a store: rows in partitions, changed together by compare-and-set.

The interface is as small as what Azure Table Storage, SQLite and a dictionary have in common. Keys are built by the
map from `[a-z0-9.-]` only, so that every store takes them. Each method is one store operation and is counted as one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Row:
    """One stored row. `age` is the time since its last write in seconds, by the store's own clock."""

    key: str
    values: Mapping[str, Value]
    etag: str
    age: float


@dataclass(frozen=True, slots=True)
class Insert:
    """Write a row that must not exist yet."""

    key: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Merge:
    """Write these values into a row, whether it exists or not; its other values stay."""

    key: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace a row that must still have this etag."""

    key: str
    values: Mapping[str, Value]
    etag: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row that must still have this etag. `etag` "*" takes any, but the row must exist."""

    key: str
    etag: str = "*"


Operation = Insert | Merge | Replace | Delete
TRANSACTION_LIMIT = 100
"""Operations in one commit; Table Storage takes no more."""


class Conflict(Exception):
    """A commit met a row that exists, is missing or has another etag. Nothing of the commit was written."""

    def __init__(self, key: str) -> None:
        super().__init__("A row of the identity map was changed by another request.")
        self.key = key


class StoreUnavailable(Exception):
    """The store gave no usable answer; the outcome of a commit is unknown. The message is for the operator."""


class Store(Protocol):
    """A partitioned table of rows. Safe for several processes at once."""

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None."""

    def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, fetched page by page."""

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none, at most 100 and at most one for a key; raises `Conflict` or `StoreUnavailable`.

        Answers with the new etag of each row, in the order of the operations ("" for a `Delete`).
        """

    async def aclose(self) -> None:
        """Release connections."""
