"""What a list request asks for: its window, its filter, its order and what it needs to see (RFC 7644 3.4.2)."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from scim.errors import ScimError
from scim.evaluation import FilterRefused, sensible
from scim.filters import Filter, FilterSyntaxError, parse_filter, paths
from scim.kind import Kind
from scim.mapping import Binding
from scim.paths import UnknownAttribute, resolve_attribute
from scim.projection import Projection
from scim.sorting import Order

WHOLE = re.compile(r"[+-]?[0-9]+")
OF_ALL = frozenset(("schemas", "meta.version"))
"""What a resource says of all that is in it."""
Fields = frozenset[str] | None
"""The native fields that are needed; None when all are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants to see: a window of the matches in an order. `start` is 1-based."""

    start: int
    count: int
    text: str | None
    filter: Filter | None
    order: Order | None
    shown: Fields
    """The native fields that the answer needs."""
    tested: Fields
    """The same, and those that filter and order speak of."""
    judged: Sequence[Binding] | None
    """What filter and order see of a resource; None when they need all of it."""
    costly: bool
    """Whether filter or order speak of what list records lack."""
    cursor: str | None = None
    """Where a walk by cursor stands (RFC 9865), empty at its beginning; None when the window is asked by its index."""

    @property
    def everything(self) -> bool:
        """Whether all records match, in whatever order."""
        return self.filter is None and self.order is None

    @property
    def list(self) -> Hashable:
        """What is the same for all windows of one list."""
        return *self.query, self.tested

    @property
    def query(self) -> tuple[str | None, str | None]:
        """What a cursor is bound to: the filter and the order."""
        return self.text, self.order.text if self.order else None

    @classmethod
    def of(cls, kind: Kind, parameters: Mapping[str, str], projection: Projection) -> Asked:
        """What a request's parameters say; 400 for what makes no sense or cannot be answered truly."""
        text = parameters.get("filter")
        filter = _parsed(kind, text) if text is not None else None
        order = Order.of(kind, parameters)
        targets = [resolve_attribute(kind.schema, path) for path in (paths(filter) if filter else ())]
        targets += [order.target] if order else []
        bindings = [binding for target in targets for binding in kind.table.of_attribute(target)]
        shown = kind.fields(projection)
        tested = None if shown is None else shown | {b.field.native for b in bindings}
        cursor = parameters.get("cursor")
        start = max(1, _number(parameters, "startindex", 1))
        count = min(_count(parameters, kind.options.page_size), kind.options.max_page_size)
        costly = any(not b.field.listed for b in bindings)
        judged = None if any(target.text in OF_ALL for target in targets) else bindings
        return cls(start, count, text, filter, order, shown, tested, judged, costly, cursor)


def _count(parameters: Mapping[str, str], default: int) -> int:
    """How many resources a page may have; with a cursor at least one (RFC 9865 2.1), else 0 asks for the total."""
    if "cursor" not in parameters:
        return max(0, _number(parameters, "count", default))
    if parameters.get("startindex", "").strip():
        raise ScimError(400, "Send startIndex or cursor, not both.", "invalidValue")
    try:
        count = _number(parameters, "count", default)
    except ScimError:
        count = 0
    if count < 1:
        raise ScimError(400, "count must be a whole number, 1 or more, beside a cursor.", "invalidCount")
    return count


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return default
    try:
        if not WHOLE.fullmatch(text):
            raise ValueError(text)
        return max(-1, min(int(text[:20]), 10**9))
    except ValueError:
        wire = {"startindex": "startIndex"}.get(name, name)
        raise ScimError(400, f"{wire} must be a whole number.", "invalidValue") from None


def _parsed(kind: Kind, text: str) -> Filter:
    try:
        filter = parse_filter(text)
        _held(kind, filter)
        sensible(kind.schema, filter)
    except (FilterSyntaxError, FilterRefused) as error:
        raise ScimError(400, str(error), "invalidFilter") from None
    return filter


def _held(kind: Kind, filter: Filter) -> None:
    """Refuse a filter on what no schema knows, and on what this connection does not hold: an empty list would lie."""
    for path in paths(filter):
        try:
            target = resolve_attribute(kind.schema, path)
        except UnknownAttribute as error:
            raise FilterRefused(f"No schema of {kind.type} has the attribute {error}.") from None
        if target.leaf.returned == "never":
            raise FilterRefused(f"{target.text} is never returned, so it cannot be searched by it.")
        if not kind.holding.shows(target):
            raise FilterRefused(f"This connection does not hold {target.text}, so it cannot be searched by it.")
