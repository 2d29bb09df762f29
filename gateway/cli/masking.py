"""Settings as they may be printed: no secret, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

MASK = "********"
SHORTEST = 4
"""Secrets below this length are masked where they stand, and not searched for in other texts."""
USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


def shown(value: Any) -> Any:
    """A setting as JSON, its secrets masked."""
    if isinstance(value, SecretStr | SecretBytes):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, BaseModel):
        return {name: shown(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(name): shown(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return USERINFO.sub(f"{MASK}@", str(value))


def secrets(value: Any) -> Iterator[str]:
    """Every secret in a setting, as its text."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("utf-8", "replace")
    elif isinstance(value, BaseModel):
        yield from (found for name in type(value).model_fields for found in secrets(getattr(value, name)))
    elif isinstance(value, Mapping):
        yield from (found for one in value.values() for found in secrets(one))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (found for one in value for found in secrets(one))


def scrubbed(value: Any, hidden: frozenset[str]) -> Any:
    """JSON without any of these secrets, should somebody's error message hold one."""
    if isinstance(value, str):
        for secret in sorted(hidden, key=len, reverse=True):
            value = value.replace(secret, MASK) if len(secret) >= SHORTEST else value
        return value
    if isinstance(value, dict):
        return {name: scrubbed(one, hidden) for name, one in value.items()}
    return [scrubbed(one, hidden) for one in value] if isinstance(value, list) else value
