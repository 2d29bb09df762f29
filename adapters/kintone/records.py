"""A user as the API has it and as the adapter does: each custom item is a field of its own."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Iterator
from typing import Any

from scim_adapter import Native

from .table import CUSTOM

ITEMS = "customItemValues"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Tabs and line feeds stay: which ones Kintone takes out, its pages do not tell, and these may be in a text."""
SYMBOLS = "!#$%*+-.:=?@_"
KINDS = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)


def record(user: Native) -> Native:
    """A user of the API with its custom items as fields."""
    items = {CUSTOM + str(item.get("code")): item.get("value") for item in _items(user)}
    return {**user, "id": str(user.get("id")), **items}


def records(users: Iterable[Native]) -> list[Native]:
    """Users of the API; one without an id or a login is left out, as nothing could be done with it."""
    return [record(user) for user in users if user.get("id") and user.get("code")]


def _items(user: Native) -> Iterator[Native]:
    held = user.get(ITEMS)
    yield from (item for item in held if isinstance(item, dict)) if isinstance(held, list) else ()


def written(values: Native, before: Native) -> Native:
    """Values that Kintone does not hold yet, in the API's form, without the login. Custom items go with all others that
    the user has: whether a list of some replaces the whole list, no page tells. What is cleared is an empty text."""
    stored = {name: _stored(value) for name, value in values.items() if name != "code"}
    wanted = {name: value for name, value in stored.items() if name not in before or value != before[name]}
    changed = {name.removeprefix(CUSTOM): wanted.pop(name) for name in tuple(wanted) if name.startswith(CUSTOM)}
    if changed:
        held = {str(item.get("code")): item.get("value") or "" for item in _items(before)}
        wanted[ITEMS] = [{"code": code, "value": value} for code, value in (held | changed).items()]
    return wanted


def _stored(value: Any) -> Any:
    """A value as Kintone stores it, without control characters: who has one would be written in every cycle."""
    return CONTROL.sub("", value) if isinstance(value, str) else "" if value is None else value


def password(length: int) -> str:
    """A password with characters of every kind, as policies want them. Nobody learns it."""
    rest = [secrets.choice("".join(KINDS)) for _ in range(length - len(KINDS))]
    chosen: list[Any] = [*map(secrets.choice, KINDS), *rest]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
