"""What Azure Table Storage takes, checked here for every store: the emulator is laxer, and the others know no limit.

The numbers are Microsoft's, from the documentation of the Table service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scim.identity.store import TRANSACTION_LIMIT, Delete, Operation, Value

KEY = re.compile(r"[a-z0-9.-]{1,200}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
RESERVED = frozenset(("partitionkey", "rowkey", "timestamp", "etag"))
PROPERTIES = 252
STRING_UNITS = 32 * 1024
"""UTF-16 units of one string."""
ENTITY_BYTES = 1024 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024


class LimitExceeded(ValueError):
    """What was to be stored does not fit. The message says which limit, never the value."""


def check_key(key: str) -> None:
    """Refuse a partition or row key that some store cannot take."""
    if not KEY.fullmatch(key):
        raise LimitExceeded("A key of the identity map has 1 to 200 of a-z, 0-9, the dot and the hyphen.")


def check(partition: str, operations: Sequence[Operation]) -> None:
    """Refuse a commit that the real service would not take."""
    check_key(partition)
    if not 0 < len(operations) <= TRANSACTION_LIMIT:
        raise LimitExceeded(f"A commit has 1 to {TRANSACTION_LIMIT} operations, not {len(operations)}.")
    if len({operation.key for operation in operations}) < len(operations):
        raise LimitExceeded("A commit changes each row at most once.")
    total = 0
    for operation in operations:
        check_key(operation.key)
        if not isinstance(operation, Delete):
            total += _size(operation.values)
    if total > TRANSACTION_BYTES:
        raise LimitExceeded("A commit has at most 4 MiB.")


def _size(values: Mapping[str, Value]) -> int:
    """The bytes of an entity as the service counts them: two for each UTF-16 unit of names and strings."""
    if len(values) > PROPERTIES:
        raise LimitExceeded(f"A row has at most {PROPERTIES} values, not {len(values)}.")
    size = 0
    for name, value in values.items():
        if not NAME.fullmatch(name) or name.lower() in RESERVED:
            raise LimitExceeded(f"{name[:40]!r} cannot be the name of a stored value.")
        units = len(value.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(value, str) else 4
        if units > STRING_UNITS:
            raise LimitExceeded(f"A stored text has at most {STRING_UNITS} UTF-16 units; {name} has {units}.")
        size += 8 + 2 * len(name) + 2 * units
    if size > ENTITY_BYTES:
        raise LimitExceeded("A row has at most 1 MiB.")
    return size
