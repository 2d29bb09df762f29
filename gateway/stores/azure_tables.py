"""The store on Azure Table Storage, by `azure-data-tables`, and on its emulator.

The SDK's own retries are off for writes: an insert whose answer was lost would be repeated and refused because of
itself. A write without an answer is `StoreUnavailable`, and the claim protocol settles what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables import EdmType, EntityProperty, TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from gateway.stores.azure_identity import ManagedIdentity
from gateway.stores.limits import check, check_key
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, Row, StoreUnavailable, Value

T = TypeVar("T")
TABLE = "scimgate"
EMULATOR = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)
"""The public account of Microsoft's emulator."""
READ_RETRIES: Any = {"retry_total": 2, "retry_backoff_factor": 0.2}
INT32 = 2**31
STALE = (404, 409, 412)


class TableStore:
    """Rows in one table. `target` is an account's URL (with the managed identity) or a connection string."""

    def __init__(self, target: str, table: str = TABLE) -> None:
        self._target = EMULATOR if target == "UseDevelopmentStorage=true" else target
        self._table = table
        self._client: TableClient | None = None
        self._opening = asyncio.Lock()

    async def _open(self) -> TableClient:
        async with self._opening:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> TableClient:
        # use_env_settings=False: otherwise every call reads netrc and the proxy settings again
        transport: Any = AioHttpTransport(use_env_settings=False)
        options: dict[str, Any] = {
            "transport": transport, "retry_total": 0, "connection_timeout": 5, "read_timeout": 10
        }  # fmt: skip
        if self._target.startswith("https://"):
            return TableClient(self._target, self._table, credential=ManagedIdentity(), **options)
        return TableClient.from_connection_string(self._target, self._table, **options)

    async def get(self, partition: str, key: str) -> Row | None:
        """The row, or None; a table that does not exist yet has no rows."""
        check_key(partition)
        check_key(key)
        client, clock = await self._open(), _ServiceClock()
        try:
            entity = await _answered(client.get_entity(partition, key, raw_response_hook=clock.read, **READ_RETRIES))
        except ResourceNotFoundError:
            return None
        return _row(entity, clock)

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, a page of 1,000 in each call."""
        check_key(partition)
        client, clock = await self._open(), _ServiceClock()
        end = prefix + "~"
        query = f"PartitionKey eq '{partition}' and RowKey ge '{prefix}' and RowKey lt '{end}'"
        pages = client.query_entities(query, raw_response_hook=clock.read, **READ_RETRIES)
        while True:
            try:
                entity = await _answered(anext(pages))
            except (StopAsyncIteration, ResourceNotFoundError):
                return
            yield _row(entity, clock)

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """All operations or none. The table is made when the first row is written."""
        check(partition, operations)
        client = await self._open()
        try:
            return await _written(client, partition, operations)
        except _NoTable:
            with contextlib.suppress(ResourceExistsError):
                await _answered(client.create_table())
            return await _written(client, partition, operations)

    async def aclose(self) -> None:
        """Close the connections; the store can be used again afterwards."""
        if self._client is not None:
            await self._client.close()
            self._client = None


class _NoTable(Exception):
    """The table does not exist yet."""


class _ServiceClock:
    """The service's time, from the Date header of its last answer."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def read(self, response: Any) -> None:
        """Take the time of an answer; a hook of the SDK."""
        date = response.http_response.headers.get("Date")
        if date:
            self.now = parsedate_to_datetime(date)


async def _answered(call: Awaitable[T]) -> T:
    """The answer; `StoreUnavailable` for everything but an answer about rows."""
    try:
        return await call
    except (ResourceNotFoundError, TableTransactionError):
        raise
    except HttpResponseError as error:
        if error.status_code in STALE:
            raise
        raise StoreUnavailable(f"Table Storage answered {error.status_code} ({type(error).__name__}).") from error
    except (AzureError, TimeoutError, OSError) as error:
        raise StoreUnavailable(f"Table Storage gave no answer ({type(error).__name__}).") from error


async def _written(client: TableClient, partition: str, operations: Sequence[Operation]) -> list[str]:
    try:
        if len(operations) == 1 and not isinstance(operations[0], Delete):
            return [await _one(client, partition, operations[0])]
        # a Delete goes through a transaction even alone: the SDK's delete hides that the row was missing
        batch = [_step(partition, operation) for operation in operations]
        results = await _answered(client.submit_transaction(batch))
        return [str(result.get("etag") or "") for result in results]
    except TableTransactionError as error:
        if error.status_code not in STALE:
            raise StoreUnavailable(f"Table Storage answered {error.status_code} to a transaction.") from error
        raise _refusal(operations[error.index], error.status_code) from error
    except HttpResponseError as error:
        raise _refusal(operations[0], error.status_code) from error


def _refusal(operation: Operation, status: int | None) -> Exception:
    if status == 404 and isinstance(operation, Insert | Merge):
        return _NoTable()
    return Conflict(operation.key)


async def _one(client: TableClient, partition: str, operation: Operation) -> str:
    verb, entity, *options = _step(partition, operation)
    call: Callable[..., Any] = {
        "create": client.create_entity, "upsert": client.upsert_entity, "update": client.update_entity
    }[verb]  # fmt: skip
    written = await _answered(call(entity, **(options[0] if options else {})))
    return str(written["etag"])


def _step(partition: str, operation: Operation) -> Any:
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": operation.key}
    if isinstance(operation, Delete):
        if operation.etag == "*":
            return ("delete", entity, {"match_condition": MatchConditions.Unconditionally})
        return ("delete", entity, {"etag": operation.etag, "match_condition": MatchConditions.IfNotModified})
    entity |= {name: _property(value) for name, value in operation.values.items()}
    if isinstance(operation, Insert):
        return ("create", entity)
    if isinstance(operation, Replace):
        unchanged = {"etag": operation.etag, "match_condition": MatchConditions.IfNotModified}
        return ("update", entity, {"mode": UpdateMode.REPLACE, **unchanged})
    return ("upsert", entity, {"mode": UpdateMode.MERGE})


def _property(value: Value) -> Any:
    large = isinstance(value, int) and not isinstance(value, bool) and not -INT32 <= value < INT32
    return EntityProperty(value, EdmType.INT64) if large else value


def _row(entity: TableEntity, clock: _ServiceClock) -> Row:
    values: Mapping[str, Value] = {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if name not in ("PartitionKey", "RowKey")
    }
    written = entity.metadata["timestamp"]
    age = (clock.now - written).total_seconds() if written else 0.0
    return Row(str(entity["RowKey"]), values, str(entity.metadata["etag"]), max(0.0, age))
