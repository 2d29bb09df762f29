"""A store of which every operation is counted, and traced where traces are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from gateway.telemetry.work import store_operation
from scim.identity.store import Operation, Row, Store


class Watched:
    """Any store, looked at from outside."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def get(self, partition: str, key: str) -> Row | None:
        """`Store.get`."""
        with store_operation("store get"):
            return await self.store.get(partition, key)

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """`Store.scan`."""
        with store_operation("store scan"):
            async for row in self.store.scan(partition, prefix):
                yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """`Store.commit`."""
        with store_operation("store commit"):
            return await self.store.commit(partition, operations)

    async def aclose(self) -> None:
        """`Store.aclose`."""
        await self.store.aclose()
