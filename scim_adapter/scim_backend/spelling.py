"""Values as a server sends and shows them, and as the gateway knows them: spellings, flags and members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scim_adapter.scim_backend.place import Json
from scim_adapter.scim_backend.profile import Row


def _pairs(row: Row) -> Mapping[str, str]:
    return row.rewrite if isinstance(row.rewrite, Mapping) else {}


def shown(row: Row, value: str) -> str:
    """A value as the backend shows it."""
    return _pairs(row).get(value, value)


def spelled(row: Row, value: str) -> str:
    """A value as it is sent and as clients see it, whatever spelling is given: the first one that the row has."""
    form = shown(row, value)
    return next((sent for sent, one in _pairs(row).items() if one == form), value)


def shape(row: Row, value: str) -> str:
    """A value in a form that all have which the backend shows alike."""
    if row.rewrite == "lower":
        return value.lower()
    return _trimmed(value) if row.rewrite == "trim" else spelled(row, value)


def rewriting(row: Row, form: Callable[[Row, str], str]) -> Callable[[Any], Any] | None:
    """What brings the texts of a row into a form; None where it has no spellings."""
    return (lambda value: form(row, value) if isinstance(value, str) else value) if _pairs(row) else None


def _trimmed(value: str) -> str:
    return " ".join(value.split())


def boolean(value: Any) -> Any:
    """JSON booleans for the strings that some servers answer with."""
    return {"true": True, "false": False}.get(value.casefold(), value) if isinstance(value, str) else value


def with_flags(value: Any) -> Any:
    """A list of values with booleans where some servers answer with texts."""
    if not isinstance(value, list):
        return value
    return [{**one, "primary": boolean(one["primary"])} if _flagged(one) else one for one in value]


def _flagged(element: Any) -> bool:
    return isinstance(element, Mapping) and "primary" in element


def member(shown: Any) -> Json | None:
    """A member as the gateway knows it; the type is also in the address."""
    if not isinstance(shown, Mapping):
        return {"value": str(shown)} if shown not in (None, "") else None
    if shown.get("value") in (None, ""):
        return None
    type = shown.get("type") or ("Group" if "/Groups/" in str(shown.get("$ref")) else "User")
    return {"value": str(shown["value"]), "type": type, "display": shown.get("display")}


def element(member: Any) -> Json:
    """A member as it is sent."""
    return {"value": member["value"] if isinstance(member, Mapping) else member}
