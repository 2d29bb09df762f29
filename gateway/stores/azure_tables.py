"""The store on Azure Table Storage, by `azure-data-tables`, and on its emulator.

The SDK's own retries are off for writes: an insert whose answer was lost would be repeated and refused because of
itself. A write without an answer is `StoreUnavailable`, and the claim protocol settles what became of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableClient

from gateway.stores.azure_answers import NO_TABLE, TABLE_EXISTS, Answer, answered, demand_missing
from gateway.stores.azure_identity import ManagedIdentity
from gateway.stores.azure_rows import ServiceClock, row_of, step
from gateway.stores.limits import check, check_key, check_scan
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Row, StoreUnavailable

TABLE = "scimgate"
READING: Any = {"retry_total": 2, "retry_backoff_factor": 0.2, "read_timeout": 4}
"""A read may be repeated, and a try that hangs leaves time for another."""


class TableStore:
    """Rows in one table. `target` is an account's URL (with the managed identity) or a connection string."""

    def __init__(self, target: str, table: str = TABLE) -> None:
        self._target, self._table = target, table
        self._opened: TableClient | None = None

    @property
    def _client(self) -> TableClient:
        """One client for all calls, made inside the event loop. Making it reaches nothing."""
        if self._opened is None:
            try:
                self._opened = self._connect()
            except ValueError:  # not chained: it may hold a part of the connection string
                raise StoreUnavailable("The connection string of Table Storage cannot be used.") from None
        return self._opened

    def _connect(self) -> TableClient:
        # use_env_settings=False: otherwise every call reads netrc and the proxy settings again
        transport: Any = AioHttpTransport(use_env_settings=False)
        options: dict[str, Any] = {"transport": transport, "retry_total": 0, "connection_timeout": 3}
        if self._target.lower().startswith("https://"):
            return TableClient(self._target, self._table, credential=ManagedIdentity(), **options)
        return TableClient.from_connection_string(self._target, self._table, **options)

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None; a table that does not exist yet has no rows."""
        check_key(partition, key)
        clock = ServiceClock()

        async def read() -> Row:
            entity = await self._client.get_entity(partition, key, raw_response_hook=clock.read, **READING)
            return row_of(entity, clock)

        try:
            return await answered(read())
        except Answer as answer:
            demand_missing(answer)
            return None

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, a page of 1,000 in each call."""
        check_scan(partition, prefix)
        query = f"PartitionKey eq '{partition}' and RowKey ge '{prefix}' and RowKey lt '{prefix}~'"
        clock = ServiceClock()
        pages = self._client.query_entities(query, raw_response_hook=clock.read, **READING).by_page()

        async def read() -> list[Row] | None:
            page = await anext(pages, None)
            return None if page is None else [row_of(entity, clock) async for entity in page]

        try:
            while (rows := await answered(read())) is not None:
                for row in rows:
                    yield row
        except Answer as answer:
            demand_missing(answer)

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none. The table is made when the first row is written."""
        check(partition, operations)
        try:
            return await self._write(partition, operations)
        except _NoTable:
            await self._make_table()
        try:
            return await self._write(partition, operations)
        except _NoTable:
            raise StoreUnavailable("Table Storage does not show the table that was just made.") from None

    async def _make_table(self) -> None:
        try:
            await answered(self._client.create_table())
        except Answer as answer:
            if answer.code != TABLE_EXISTS:
                raise StoreUnavailable(f"Table Storage does not make the table ({answer.code}).") from answer

    async def _write(self, partition: str, operations: Sequence[Operation]) -> list[str]:
        steps = [step(partition, operation) for operation in operations]
        try:
            if len(operations) == 1 and not isinstance(operations[0], Delete):
                return [await answered(_alone(self._client, *steps[0]))]
            # a Delete goes through a transaction even alone: the SDK's delete hides that the row was missing
            results = await answered(self._client.submit_transaction(steps))
        except Answer as answer:
            raise _refusal(operations[answer.index if answer.index < len(operations) else 0], answer) from answer
        if len(results) != len(operations):
            raise StoreUnavailable("Table Storage answered a transaction with too little.")
        return [str(result.get("etag") or "") for result in results]

    async def aclose(self) -> None:
        """Close the connections; the store can be used again afterwards."""
        client, self._opened = self._opened, None
        if client is not None:
            await client.close()


class _NoTable(Exception):
    """The table does not exist yet."""


def _refusal(operation: Operation, answer: Answer) -> Exception:
    if answer.code == NO_TABLE and isinstance(operation, Insert | Merge):
        return _NoTable()
    return Conflict(operation.key)


async def _alone(client: TableClient, verb: str, entity: Mapping[str, Any], options: dict[str, Any]) -> str:
    call: Callable[..., Any] = {
        "create": client.create_entity, "upsert": client.upsert_entity, "update": client.update_entity
    }[verb]  # fmt: skip
    written = await call(entity, **options)
    return str(written["etag"])
