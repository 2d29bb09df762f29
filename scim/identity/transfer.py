"""A map as lines of JSON, for backups and for moving it to another store: the ids are the same afterwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from scim.identity.schema import MAP_ROW, SCHEMA, TYPES, MapRefused, bring_forward, partition
from scim.identity.store import TRANSACTION_LIMIT, Insert, Merge, Replace, Store, Value

FORMAT = "scimgate map"


class TransferRefused(Exception):
    """A file that is no whole export, or a map that it does not fit. The message says why."""


async def dump(store: Store, map: str) -> AsyncIterator[str]:
    """The lines of an export: a head with the salt, every row but claims, and a foot with their number."""
    head = await store.get(map, MAP_ROW)
    if head is None:
        raise TransferRefused(f"There is no identity map {map} in this store.")
    await bring_forward(store, map, head)
    yield json.dumps({"format": FORMAT, "schema": SCHEMA, "map": map, **_without(head.values, "schema")})
    rows = 0
    for type in TYPES:
        async for row in store.scan(partition(map, type), ""):
            if not row.key.startswith("c."):
                rows += 1
                yield json.dumps({"type": type, "key": row.key, "values": row.values}, ensure_ascii=False)
    yield json.dumps({"rows": rows})


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def checked(lines: Iterable[str]) -> tuple[Mapping[str, Any], int]:
    """The head of an export and its number of rows; `TransferRefused` when it is not whole."""
    head: Mapping[str, Any] | None = None
    rows, foot = 0, None
    for document in _documents(lines):
        if head is None:
            head = document
        elif "key" in document:
            _demand_row(document)
            rows += 1
        else:
            foot = document.get("rows")
    if head is None or head.get("format") != FORMAT or not {"salt", "owner"} <= head.keys():
        raise TransferRefused("This is no export of an identity map.")
    if head.get("schema") != SCHEMA:
        raise TransferRefused(f"The export has the form {head.get('schema')}; this gateway reads {SCHEMA}.")
    if foot != rows:
        raise TransferRefused("The export is not whole: its last line is missing or counts other rows.")
    return head, rows


def _demand_row(document: Mapping[str, Any]) -> None:
    """Refuse what no store could hold."""
    key, values = document["key"], document.get("values")
    plain = isinstance(values, dict) and all(isinstance(value, Value) for value in values.values())
    if document.get("type") not in TYPES or not isinstance(key, str) or not plain:
        raise TransferRefused("This is no export of an identity map: one of its rows cannot be read.")


def _documents(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            raise TransferRefused("This is no export of an identity map, or it was cut off.") from None
        if not isinstance(document, dict):
            raise TransferRefused("This is no export of an identity map.")
        yield document


async def restore(store: Store, map: str, owner: str, salt: str, lines: Iterable[str]) -> AsyncIterator[int]:
    """Write an export that was checked, and tell the number of rows written so far.

    The map must not exist, hold nothing yet, or be the same one: a restore that was interrupted may be repeated.
    """
    head = await store.get(map, MAP_ROW)
    whole: dict[str, Value] = {"salt": salt, "owner": owner, "schema": SCHEMA}
    if head is None:
        await store.commit(map, [Insert(MAP_ROW, whole)])
    elif head.values["owner"] != owner:
        raise MapRefused(f"The identity map {map} belongs to the connection {head.values['owner']}, not to {owner}.")
    elif head.values["salt"] != salt and not await _empty(store, map):
        raise TransferRefused(f"The identity map {map} is in use and is another one; import into a map of a new name.")
    elif head.values["salt"] != salt:
        await store.commit(map, [Replace(MAP_ROW, whole, head.etag)])
    written = 0
    for type, rows in _batches(lines):
        await store.commit(partition(map, type), rows)
        written += len(rows)
        yield written


async def _empty(store: Store, map: str) -> bool:
    """Whether a map has no row yet: whoever looks at a new map, or asks it for somebody, has given it a salt."""
    for type in TYPES:
        async for row in store.scan(partition(map, type), ""):
            if not row.key.startswith("c."):
                return False
    return True


def _batches(lines: Iterable[str]) -> Iterator[tuple[str, list[Merge]]]:
    type, rows = "", list[Merge]()
    for document in _documents(lines):
        if "key" not in document:
            continue
        if rows and (document["type"] != type or len(rows) == TRANSACTION_LIMIT):
            yield type, rows
            rows = []
        type = document["type"]
        rows.append(Merge(document["key"], document["values"]))
    if rows:
        yield type, rows
