"""Rows and operations as `azure-data-tables` has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import EdmType, EntityProperty, TableEntity, UpdateMode

from scim.identity.store import Delete, Insert, Merge, Operation, Replace, Row, Value

INT32 = 2**31


class ServiceClock:
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


def step(partition: str, operation: Operation) -> Any:
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


def row_of(entity: TableEntity, clock: ServiceClock) -> Row:
    """The row in an entity; ValueError when the service cannot have written it."""
    values: dict[str, Value] = {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if name not in ("PartitionKey", "RowKey")
    }
    etag, written = entity.metadata["etag"], entity.metadata["timestamp"]
    if etag is None or written is None:
        raise ValueError("A row without an etag or a time is no row of the service.")
    return Row(entity["RowKey"], values, etag, clock.since(written))
