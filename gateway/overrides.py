"""App settings in the place of values of `gateway.toml`: `SCIMGATE__CONNECTIONS__ACME_TIME__SETTINGS__DOMAIN`.

A name is the way to the value, its steps joined by two underscores. Case means nothing, and a `-` is written `_`, since
names of environment variables have none. A list or a table is written as in TOML; anything else is the value as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.wording import nearest

PREFIX = "SCIMGATE__"
DEEPEST = 5
"""Steps of the longest way: connections, a name, settings, a table in it, its key."""
Fault = Callable[[str, str], None]


def overridden(document: Mapping[str, Any], environment: Mapping[str, str], fault: Fault) -> Mapping[str, Any]:
    """The document with what app settings say in its values' places. `fault` takes the setting's name and a sentence.

    A value becomes `{ env = … }`, so that a secret may come this way, as a reference to Key Vault too.
    """
    names = sorted(name for name in environment if name.upper().startswith(PREFIX))
    return _with(document, [(name, name[len(PREFIX) :].split("__")) for name in names], environment, fault)


def _with(
    document: Mapping[str, Any], named: Iterable[tuple[str, list[str]]], environment: Mapping[str, str], fault: Fault
) -> Mapping[str, Any]:
    made = dict(document)
    for name, steps in named:
        if not all(steps) or not 2 <= len(steps) <= DEEPEST:
            fault(name, f"it must be {PREFIX} and the way to a value, its steps joined by two underscores.")
        elif (way := _way(made, name, steps, fault)) is not None:
            made = _placed(made, way, _value(name, environment[name]))
    return made


def _way(document: Mapping[str, Any], name: str, steps: list[str], fault: Fault) -> list[str] | None:
    """The keys that the steps mean: those of the document, or new ones in small letters, but no new connection."""
    way, here = list[str](), document
    for step in steps:
        key = next((key for key in here if _same(key, step)), None)
        if key is None and way == ["connections"]:
            fault(name, f"there is no connection {_plain(step).replace('_', '-')}{nearest(_plain(step), here)}.")
            return None
        way.append(key or _plain(step))
        found = here.get(way[-1])
        here = found if isinstance(found, Mapping) else {}
    return way


def _same(key: str, step: str) -> bool:
    return _plain(key) == _plain(step)


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()


def _value(name: str, text: str) -> Any:
    if not text.lstrip().startswith(("[", "{")):
        return {"env": name}
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return {"env": name}


def _placed(table: Mapping[str, Any], way: list[str], value: Any) -> dict[str, Any]:
    if len(way) == 1:
        return {**table, way[0]: value}
    inner = table.get(way[0])
    return {**table, way[0]: _placed(inner if isinstance(inner, Mapping) else {}, way[1:], value)}
