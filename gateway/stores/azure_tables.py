"""The store on Azure Table Storage, by `azure-data-tables`, and on its emulator.

The SDK's own retries are off for writes: an insert whose answer was lost would be repeated and refused because of
itself. A write without an answer is `StoreUnavailable`, and the claim protocol settles what became of it.

Statuses alone do not tell what became of a row: a front end, a proxy or a wrong address answers 404 and 409 as well,
and a row that is believed to be missing would be made again. Only the service's own error codes are believed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from aiohttp import ClientError
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables import EdmType, EntityProperty, TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from gateway.stores.azure_identity import ManagedIdentity
from gateway.stores.limits import check, check_key, check_scan
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, Row, StoreUnavailable, Value

T = TypeVar("T")
TABLE = "scimgate"
SECONDS = 10
"""The time for one call with its repeats: a service that accepts and never answers is told of in seconds."""
READING: Any = {"retry_total": 2, "retry_backoff_factor": 0.2, "read_timeout": 4}
"""A read may be repeated, and a try that hangs leaves time for another."""
INT32 = 2**31
MISSING = frozenset(("ResourceNotFound", "EntityNotFound"))
NO_TABLE = "TableNotFound"
TABLE_EXISTS = "TableAlreadyExists"
WORDS = MISSING | {NO_TABLE, TABLE_EXISTS, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}
NO_ANSWER = (AzureError, ClientError, OSError, TimeoutError)
GARBLED = (ValueError, KeyError, TypeError, AttributeError)
"""What the SDK raises when it cannot read an answer, or use an account key."""


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
        clock = _ServiceClock()

        async def read() -> Row:
            entity = await self._client.get_entity(partition, key, raw_response_hook=clock.read, **READING)
            return _row(entity, clock)

        try:
            return await _answered(read())
        except _Answer as answer:
            _demand_missing(answer)
            return None

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        """All rows whose key starts with `prefix`, in the order of their keys, a page of 1,000 in each call."""
        check_scan(partition, prefix)
        query = f"PartitionKey eq '{partition}' and RowKey ge '{prefix}' and RowKey lt '{prefix}~'"
        clock = _ServiceClock()
        pages = self._client.query_entities(query, raw_response_hook=clock.read, **READING).by_page()

        async def read() -> list[Row] | None:
            page = await anext(pages, None)
            return None if page is None else [_row(entity, clock) async for entity in page]

        try:
            while (rows := await _answered(read())) is not None:
                for row in rows:
                    yield row
        except _Answer as answer:
            _demand_missing(answer)

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
            await _answered(self._client.create_table())
        except _Answer as answer:
            if answer.code != TABLE_EXISTS:
                raise StoreUnavailable(f"Table Storage does not make the table ({answer.code}).") from answer

    async def _write(self, partition: str, operations: Sequence[Operation]) -> list[str]:
        steps = [_step(partition, operation) for operation in operations]
        try:
            if len(operations) == 1 and not isinstance(operations[0], Delete):
                return [await _answered(_alone(self._client, *steps[0]))]
            # a Delete goes through a transaction even alone: the SDK's delete hides that the row was missing
            results = await _answered(self._client.submit_transaction(steps))
        except _Answer as answer:
            raise _refusal(operations[answer.index if answer.index < len(operations) else 0], answer) from answer
        if len(results) != len(operations):
            raise StoreUnavailable("Table Storage answered a transaction with too little.")
        return [str(result.get("etag") or "") for result in results]

    async def aclose(self) -> None:
        """Close the connections; the store can be used again afterwards."""
        client, self._opened = self._opened, None
        if client is not None:
            await client.close()


class _Answer(Exception):
    """The service refuses, in its own words: the code, and which operation of a transaction it speaks of."""

    def __init__(self, code: str, index: int) -> None:
        super().__init__(code)
        self.code, self.index = code, index


class _NoTable(Exception):
    """The table does not exist yet."""


class _ServiceClock:
    """The service's time, from the Date header of its last answer: whole seconds, so that ages are never too high."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def read(self, response: Any) -> None:
        """Take the time of an answer; a hook of the SDK."""
        if date := response.http_response.headers.get("Date"):
            self.now = parsedate_to_datetime(date)

    def since(self, moment: datetime) -> float:
        """Seconds from a moment until now, never negative."""
        return max(0.0, (self.now - moment).total_seconds())


async def _answered(call: Awaitable[T]) -> T:
    """What the call brings; `_Answer` for a refusal that is about rows, `StoreUnavailable` for everything else."""
    try:
        async with asyncio.timeout(SECONDS):
            return await call
    except HttpResponseError as error:
        code = _code(error)
        if code in WORDS:
            raise _Answer(code, getattr(error, "index", 0)) from error
        raise StoreUnavailable(f"Table Storage answered {error.status_code} ({code or 'no code'}).") from error
    except NO_ANSWER as error:
        raise StoreUnavailable(f"Table Storage gave no answer ({type(error).__name__}).") from error
    except GARBLED as error:
        raise StoreUnavailable(f"Table Storage cannot be asked or understood ({type(error).__name__}).") from error


def _code(error: HttpResponseError) -> str:
    """The service's code for an error; empty where it has none. The SDK leaves it in the body of a refused insert."""
    code = getattr(error, "error_code", None)
    if not code and error.response is not None:
        with contextlib.suppress(*GARBLED):
            code = json.loads(error.response.text())["odata.error"]["code"]
    return str(getattr(code, "value", code) or "")


def _demand_missing(answer: _Answer) -> None:
    """A missing row or table answers a read with nothing; no other word does."""
    if answer.code not in (*MISSING, NO_TABLE):
        raise StoreUnavailable(f"Table Storage answered a read with {answer.code}.") from answer


def _refusal(operation: Operation, answer: _Answer) -> Exception:
    if answer.code == NO_TABLE and isinstance(operation, Insert | Merge):
        return _NoTable()
    return Conflict(operation.key)


async def _alone(client: TableClient, verb: str, entity: Mapping[str, Any], options: dict[str, Any]) -> str:
    call: Callable[..., Any] = {
        "create": client.create_entity, "upsert": client.upsert_entity, "update": client.update_entity
    }[verb]  # fmt: skip
    written = await call(entity, **options)
    return str(written["etag"])


def _step(partition: str, operation: Operation) -> Any:
    """An operation as the SDK's transactions take it: verb, entity, options."""
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": operation.key}
    match operation:
        case Delete(etag="*"):
            return "delete", entity, {"match_condition": MatchConditions.Unconditionally}
        case Delete(etag=etag):
            return "delete", entity, {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        case Insert(values=values):
            return "create", entity | _properties(values), {}
        case Merge(values=values):
            return "upsert", entity | _properties(values), {"mode": UpdateMode.MERGE}
        case Replace(values=values, etag=etag):
            unchanged = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
            return "update", entity | _properties(values), {"mode": UpdateMode.REPLACE, **unchanged}


def _properties(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: EntityProperty(value, EdmType.INT64) if _large(value) else value for name, value in values.items()}


def _large(value: Value) -> bool:
    return isinstance(value, int) and not -INT32 <= value < INT32


def _row(entity: TableEntity, clock: _ServiceClock) -> Row:
    values: dict[str, Value] = {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if name not in ("PartitionKey", "RowKey")
    }
    etag, written = entity.metadata["etag"], entity.metadata["timestamp"]
    if etag is None or written is None:
        raise ValueError("A row without an etag or a time is no row of the service.")
    return Row(entity["RowKey"], values, etag, clock.since(written))
