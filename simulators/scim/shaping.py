"""How the server stores what it is sent, and shows what it stores: where most of its switches are felt."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from simulators.scim.reply import Refused
from simulators.scim.switches import Switches

Json = dict[str, Any]
FLAGS = ("active", "primary")


def stored(resource: Json, switches: Switches) -> Json:
    """What is kept of a resource that was sent: texts for ids, booleans for "True", values rewritten or dropped."""
    return _object(resource, switches, top=True)


def _object(value: Json, switches: Switches, *, top: bool = False) -> Json:
    made: Json = {}
    for name, one in value.items():
        kept = _value(name, one, switches)
        if top and name in switches.server_values and isinstance(kept, list):
            kept = [element for element in kept if element not in switches.server_values[name]]
        if name not in switches.ignored and kept not in (None, "", [], {}):
            made[name] = kept
    return made


def _value(name: str, value: Any, switches: Switches) -> Any:
    if isinstance(value, dict):
        return _object(value, switches)
    if isinstance(value, list):
        return [_value(name, one, switches) for one in value]
    if isinstance(value, bool) or value is None or (isinstance(value, int | float) and name != "value"):
        return value
    if name in FLAGS and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    return _rewritten(str(value), switches.rewrite.get(name)) if name != "schemas" else value


def _rewritten(value: str, form: Any) -> str:
    if isinstance(form, dict):
        return str(form.get(value, value))
    forms: dict[Any, Callable[[str], str]] = {"lower": str.lower, "trim": lambda text: " ".join(text.split())}
    return forms[form](value) if form in forms else value


def guarded(before: Json, after: Json, switches: Switches) -> Json:
    """The resource after a change, with what never changes as it was; `Refused` for what must not be tried."""
    for name in switches.immutable:
        if _found(before, name) != _found(after, name):
            raise Refused(400, f"{name} cannot be changed.", "mutability")
    for name in switches.create_only:
        _restore(after, before, name)
    return after


def _homes(resource: Json) -> list[Json]:
    return [resource, *(one for name, one in resource.items() if name.startswith("urn:") and isinstance(one, dict))]


def _found(resource: Json, name: str) -> Any:
    return next((home[name] for home in _homes(resource) if name in home), None)


def _restore(after: Json, before: Json, name: str) -> None:
    for home in _homes(after):
        home.pop(name, None)
    for urn, home in [("", before), *((n, o) for n, o in before.items() if n.startswith("urn:"))]:
        if name in home:
            (after.setdefault(urn, {}) if urn else after)[name] = copy.deepcopy(home[name])


def shown(resource: Json, kind: str, base: str, switches: Switches, *, listed: bool = False) -> Json:
    """The resource as it is answered with."""
    made = copy.deepcopy(resource)
    made["meta"]["location"] = f"{base}/{kind}/{made['id']}"
    if not switches.etags:
        made["meta"].pop("version")
    for one in made.get("members", []):
        one["$ref"] = f"{base}/{one.get('type', 'User')}s/{one['value']}"
    for name, values in switches.server_values.items():
        made[name] = [*made.get(name, []), *values]
    for name in [*(switches.short_lists if listed else []), *(["password"] if switches.passwords == "hidden" else [])]:
        made.pop(name, None)
    changed: Json = _shaped("", made, switches)
    return changed


def _shaped(name: str, value: Any, switches: Switches) -> Any:
    if isinstance(value, dict):
        key_here = "value" if name in ("members", "manager") else "id"
        return {key: _shaped("id" if key == key_here else key, one, switches) for key, one in value.items()}
    if isinstance(value, list):
        return [_shaped(name, one, switches) for one in value]
    if isinstance(value, bool) and switches.booleans == "strings":
        return str(value)
    if name == "id" and switches.numeric_ids and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value
