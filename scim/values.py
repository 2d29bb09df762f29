"""The values of a multi-valued attribute: each is there once, and one of them is the primary (RFC 7643 2.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scim.schemas import Attribute


def united(attribute: Attribute, held: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """What is held with what is added. The same value of the same type is there once: what else is said of it is added
    to it; the primary value that comes last takes the mark from the others (RFC 7644 3.5.2)."""
    found: dict[Any, Any] = {}
    for value in (*held, *added):
        same = found.setdefault(_identity(attribute, value), value)
        if same is not value and isinstance(same, dict):
            same.update(value)
    merged = list(found.values())
    newest = next((value for value in reversed(added) if primary(value)), None)
    if newest is not None:
        only_primary(merged, found[_identity(attribute, newest)])
    return merged


def _identity(attribute: Attribute, value: Any) -> Any:
    """What makes a value itself: a reference's id, else value and type, else all of it."""
    if not isinstance(value, dict):
        return value
    if "value" not in value:
        return json.dumps(value, sort_keys=True)
    id = comparable(attribute, value)
    return id if attribute.sub("$ref") else (id, str(value.get("type") or "").casefold())


def comparable(attribute: Attribute, element: Any) -> Any:
    """The value of an element, as a filter would compare it."""
    value, sub = element.get("value") if isinstance(element, dict) else element, attribute.sub("value")
    return value if not isinstance(value, str) or (sub and sub.case_exact) else value.casefold()


def primary(value: Any) -> bool:
    """Whether a value has the mark of the primary one."""
    return isinstance(value, dict) and value.get("primary") is True


def only_primary(values: Sequence[Any], newest: Any) -> None:
    """Take the mark from all others."""
    for value in values:
        if value is not newest and primary(value):
            value["primary"] = False
