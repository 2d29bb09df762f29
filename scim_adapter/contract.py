"""The structs that travel between the gateway's engine and an adapter.

All are frozen and have defaults, so that a new member never breaks an adapter. Native means: the backend's own
names, values and keys. Nothing here speaks SCIM except the keys of `Resource.fields`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

API_VERSION = 1
"""The version of this contract. It rises with every addition that an adapter may rely on; see `Adapter.api_version`."""

Native = dict[str, Any]
"""One backend object, in the backend's own field names."""

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"]


@dataclass(frozen=True, slots=True)
class Field:
    """How one SCIM path lives in a native record. A bare string in `Resource.fields` means `Field(native=...)`.

    `read` turns the native value into the SCIM value and `write` is its inverse; both are pure. `default` computes a
    native value that the backend requires and the client did not send, from the native values that were sent.
    """

    native: str
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None
    default: Callable[[Native], Any] | None = None
    required: bool = False
    mutable: Literal["always", "create", "never"] = "always"
    write_only: bool = False
    """Sent whenever the client sent it; never read, stored, compared or cleared (a password)."""
    unique: Literal["no", "backend", "gateway"] = "no"
    """Who refuses a second record with the same value."""
    many: bool = False
    """A list of scalars, or of dicts with SCIM sub-attribute names."""
    ref: str | None = None
    """"User", "Group" or "User|Group": the values are native keys of that type.

    A list holds keys, or dicts with `value` (the key), `type` and `display`; where several types are allowed, `type` is
    there and keys are unique across them. To be written, a list holds the dicts that `read` gives, and dicts with
    `value` and `type` for what is added.
    """
    listed: bool = True
    """False: missing from list records; the engine uses `get` when it is asked for."""
    type: Literal["string", "boolean", "integer", "decimal", "dateTime", "reference"] = "string"
    """The SCIM type of an attribute under a URN of your own. An attribute of a standard schema has the type it has."""


@dataclass(frozen=True, slots=True)
class Can:
    """What this instance of the backend can do natively. Declaring less is never wrong, only slower."""

    filter: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Native field to operators. `eq` ignores case as SCIM does; a case-sensitive one is declared `eq-exact`."""
    sort: frozenset[str] = frozenset()
    """Native fields in whose order `find` lists: text without case by code points, who lacks the value last, equals in
    the order of a plain list. Descending is the exact reverse."""
    offset: bool = False
    version: str | None = None
    """The native field that changes with every change of the record."""
    partial: bool = True
    """True: `update` may send `Change.set` alone. False: the backend replaces whole records by `Change.after`."""
    mutable_key: bool = False
    """True: an update may change the record's key (a login that is its own key)."""
    repeatable_create: bool = False
    """True: a create repeated with the same `Ask.op` makes no second record."""


def _unguarded(type: str, key: str) -> AbstractAsyncContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Ask:
    """The client's operation on whose behalf a call is made."""

    op: str = ""
    """The same for every repeat of one client operation; usable as an idempotency key (a UUID)."""
    deadline: float = float("inf")
    """The moment, on `time.monotonic()`, after which nobody waits for the answer."""
    alone: Callable[[str, str], AbstractAsyncContextManager[None]] = _unguarded
    """`async with ask.alone("User", key):` nobody else who says so, in any process of the gateway, is at this record.

    For a backend in which changing one record replaces a list of another one: read, merge and write inside. Take one at
    a time. Two store operations; `Unavailable` when it is somebody else's for too long.
    """

    @property
    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Condition:
    """One native comparison. It holds when `op` holds for any of `values`; on a list field, for any of its elements
    (of a dict the `value` counts)."""

    field: str
    op: Operator
    values: tuple[Any, ...] = ()

    @property
    def value(self) -> Any:
        """The value as the client gave it. `values` adds its lower-case form where the filter is `eq-exact`."""
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class Query:
    """A search. All conditions hold together. The answer may hold too many records, never too few."""

    where: tuple[Condition, ...] = ()
    order: str | None = None
    descending: bool = False
    offset: int = 0
    cursor: str | None = None
    """`Page.next` of the page before; None asks for the first page. It may be asked for again later, by another process
    too; `Invalid` when the backend does not know it any more: the list is then read from its beginning."""
    limit: int = 100
    fields: frozenset[str] | None = None
    """Native fields that will be used; None means all."""
    ask: Ask = Ask()

    def value(self, native: str, op: Operator = "eq") -> Any:
        """The value asked for in `native`, or None."""
        return next((c.value for c in self.where if (c.field, c.op) == (native, op)), None)

    def values(self, native: str, op: Operator = "eq") -> tuple[Any, ...]:
        """All values of which one must match in `native`; empty when it is not asked for."""
        return next((c.values for c in self.where if (c.field, c.op) == (native, op)), ())


@dataclass(frozen=True, slots=True)
class Page:
    """Records found; copies that the engine may change. `next` is None on the last page; `total` counts all matches."""

    records: Sequence[Native] = ()
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Get:
    """Read one record by its key. `fields` as in `Query`."""

    key: str
    fields: frozenset[str] | None = None
    ask: Ask = Ask()


@dataclass(frozen=True, slots=True)
class New:
    """Create a record. `record` holds native values; it has no key yet unless the client chooses it."""

    record: Native
    ask: Ask = Ask()


@dataclass(frozen=True, slots=True)
class Change:
    """Bring a record from `before` to `after`.

    `set` holds only what differs, with None for what is cleared. `after` keeps the unmapped native fields of
    `before`, so that a whole-object write loses nothing. `fresh` marks a record whose create had an unknown outcome:
    repeat every side step of the create, even where nothing differs.
    """

    key: str
    before: Native
    after: Native
    set: Native
    version: str | None = None
    fresh: bool = False
    ask: Ask = Ask()


@dataclass(frozen=True, slots=True)
class Delta:
    """Members of one reference list to add and to remove, by key. Idempotent: either may be so already."""

    key: str
    before: Native
    field: str
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    ask: Ask = Ask()


@dataclass(frozen=True, slots=True)
class Gone:
    """Delete a record for good."""

    key: str
    before: Native
    version: str | None = None
    ask: Ask = Ask()
