"""What Azure Table Storage takes, checked here for every store: the emulator is laxer, and the others know no limit.

The numbers are Microsoft's, from the documentation of the Table service. A merge is judged by what it brings alone.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from scim.identity.store import TRANSACTION_LIMIT, Delete, Operation, Value

KEY = re.compile(r"[a-z0-9.-]{1,200}")
PREFIX = re.compile(r"[a-z0-9.-]{0,200}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
RESERVED = frozenset(("partitionkey", "rowkey", "timestamp", "etag"))
PROPERTIES = 252
STRING_UNITS = 32 * 1024
"""UTF-16 units of one string."""
ENTITY_BYTES = 1024 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024
ENVELOPE_BYTES = 2048
"""More than the headers, the address and the keys of one operation take in a transaction's body."""
TYPE_BYTES = 40
"""What the type of one value adds to its name there."""


class LimitExceeded(ValueError):
    """What was to be stored does not fit. The message says which limit, never the value."""


def check_key(*keys: str) -> None:
    """Refuse a partition or row key that some store cannot take."""
    for key in keys:
        if not KEY.fullmatch(key):
            raise LimitExceeded("A key of the identity map has 1 to 200 of a-z, 0-9, the dot and the hyphen.")


def check_scan(partition: str, prefix: str) -> None:
    """Refuse a scan for keys that cannot exist."""
    check_key(partition)
    if not PREFIX.fullmatch(prefix):
        raise LimitExceeded("A prefix of keys has at most 200 of a-z, 0-9, the dot and the hyphen.")


def check(partition: str, operations: Sequence[Operation]) -> None:
    """Refuse a commit that the real service would not take."""
    check_key(partition, *(operation.key for operation in operations))
    if not 0 < len(operations) <= TRANSACTION_LIMIT:
        raise LimitExceeded(f"A commit has 1 to {TRANSACTION_LIMIT} operations, not {len(operations)}.")
    if len({operation.key for operation in operations}) < len(operations):
        raise LimitExceeded("A commit changes each row at most once.")
    rows = [operation.values for operation in operations if not isinstance(operation, Delete)]
    for row in rows:
        _check_row(row)
    if len(operations) > 1 and len(operations) * ENVELOPE_BYTES + sum(map(_sent, rows)) >= TRANSACTION_BYTES:
        raise LimitExceeded("A commit has less than 4 MiB as it is sent.")


def _check_row(values: Mapping[str, Value]) -> None:
    """The service counts two bytes for each UTF-16 unit of names, strings and keys."""
    if len(values) > PROPERTIES:
        raise LimitExceeded(f"A row has at most {PROPERTIES} values, not {len(values)}.")
    size = 1024
    for name, value in values.items():
        if not NAME.fullmatch(name) or name.lower() in RESERVED:
            raise LimitExceeded(f"{name[:40]!r} cannot be the name of a stored value.")
        size += 8 + 2 * len(name) + _size(name, value)
    if size > ENTITY_BYTES:
        raise LimitExceeded("A row has at most 1 MiB.")


def _size(name: str, value: Value) -> int:
    match value:
        case str():
            return _text_size(name, value)
        case bool():
            return 1
        case int() if -(2**63) <= value < 2**63:
            return 8
        case float() if math.isfinite(value):
            return 8
    raise LimitExceeded(f"{name} must be a text, a truth value, a finite number or a whole one of 64 bits.")


def _text_size(name: str, value: str) -> int:
    try:
        size = len(value.encode("utf-16-le"))
    except UnicodeEncodeError:  # not chained: the error holds the value
        raise LimitExceeded(f"{name} holds half a character (an unpaired surrogate).") from None
    if size > 2 * STRING_UNITS:
        raise LimitExceeded(f"A stored text has at most {STRING_UNITS} UTF-16 units; {name} has {size // 2}.")
    return size


def _sent(values: Mapping[str, Value]) -> int:
    """The bytes of a row in a transaction's body: JSON in ASCII, with a type beside each value."""
    return len(json.dumps(dict(values))) + sum(len(name) + TYPE_BYTES for name in values)
