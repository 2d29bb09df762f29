"""PATCH (RFC 7644 section 3.5.2) on a resource in memory."""

from __future__ import annotations

import copy
import re
from typing import Any

from simulators.scim.filters import member, test
from simulators.scim.reply import Refused
from simulators.scim.switches import Switches

Json = dict[str, Any]
PATH = re.compile(r"(?:(?P<urn>urn:[^\[\"]+):)?(?P<name>[\w$-]+)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[\w$-]+))?", re.I)
EXTENSION = re.compile(r"urn:[^\[]+:\d+\.\d+:\w+")
"""The path of a whole extension."""
READ_ONLY = ("id", "meta", "schemas")


def patched(resource: Json, message: Json, switches: Switches) -> Json:
    """The resource after all operations, or `Refused`; the one that was given stays as it was."""
    operations = message.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise Refused(400, "Operations is no list.", "invalidSyntax")
    made = copy.deepcopy(resource)
    for operation in operations:
        if not isinstance(operation, dict):
            raise Refused(400, "An operation is no object.", "invalidSyntax")
        _apply(made, operation, switches)
    return made


def _apply(resource: Json, operation: Json, switches: Switches) -> None:
    op, path, value = str(operation.get("op")).lower(), operation.get("path"), copy.deepcopy(operation.get("value"))
    if op not in ("add", "replace", "remove"):
        raise Refused(400, "op is add, replace or remove.", "invalidSyntax")
    if path is None and (op == "remove" or not isinstance(value, dict)):
        raise Refused(400, "Without a path there must be an object.", "noTarget")
    if path is None or EXTENSION.fullmatch(str(path)):
        _each(resource, op, path, value, switches)
        return
    found = PATH.fullmatch(str(path))
    if found is None:
        raise Refused(400, f"{path} is no path.", "invalidPath")
    if found["name"] in READ_ONLY:
        return
    if switches.patch == "simple" and (found["filter"] or isinstance(value, list | dict)):
        raise Refused(400, "This server changes one value by its path only.", "invalidPath")
    _written(resource, found, op, value, switches)


def _each(resource: Json, op: str, urn: str | None, value: Any, switches: Switches) -> None:
    """The members of an object, which belong to an extension or to the resource itself."""
    if urn is not None and op in ("replace", "remove"):
        resource.pop(urn, None)
    for name, one in value.items() if isinstance(value, dict) else ():
        _apply(resource, {"op": op, "path": f"{urn}:{name}" if urn else name, "value": one}, switches)


def _written(resource: Json, found: re.Match[str], op: str, value: Any, switches: Switches) -> None:
    home = resource.setdefault(found["urn"], {}) if found["urn"] else resource
    name = next((key for key in home if key.lower() == found["name"].lower()), found["name"])
    if found["filter"]:
        _elements(home, name, found, op, value, switches)
    elif found["sub"]:
        held = home.get(name)
        home[name] = _set(held if isinstance(held, dict) else {}, found["sub"], op, value)
    elif name == "members" and (op != "replace"):
        home[name] = _members(home.get(name) or [], op, value, switches)
    elif op == "add" and isinstance(home.get(name), list) and isinstance(value, list):
        home[name] = [*home[name], *(one for one in value if one not in home[name])]
    elif op == "add" and isinstance(home.get(name), dict) and isinstance(value, dict):
        home[name] |= value
    elif op != "remove" and value is None:
        raise Refused(400, "There is no value.", "invalidValue")
    else:
        _set(home, name, op, value)
    if home.get(name) in ({}, [], None):
        home.pop(name, None)
    if found["urn"] and not home:
        del resource[found["urn"]]


def _set(home: Json, name: str, op: str, value: Any) -> Json:
    name = next((key for key in home if key.lower() == name.lower()), name)
    if op == "remove":
        home.pop(name, None)
    else:
        home[name] = value
    return home


def _elements(home: Json, name: str, found: re.Match[str], op: str, value: Any, switches: Switches) -> None:
    """What a filter in the path selects; nothing is 400 noTarget."""
    if name == "members" and switches.member_remove == "value":
        raise Refused(400, "This server takes members out by their values.", "invalidPath")
    matches = test(found["filter"], Switches())
    elements = [one for one in home.get(name) or [] if isinstance(one, dict)]
    chosen = [one for one in elements if matches(one)]
    if not chosen and (op == "replace" or (op == "remove" and name == "members" and switches.strict_members)):
        raise Refused(400, "Nothing matches the path.", "noTarget")
    if not chosen and op == "add":
        raise Refused(400, "Nothing matches the path.", "noTarget")
    for one in chosen:
        if found["sub"]:
            _set(one, found["sub"], op, value)
        elif op != "remove":
            one.clear()
            one.update(value if isinstance(value, dict) else {"value": value})
    gone = [] if found["sub"] or op != "remove" else chosen
    home[name] = [one for one in elements if not any(one is lost for lost in gone)]


def _members(held: list[Json], op: str, value: Any, switches: Switches) -> list[Json]:
    keys = [str(member(one, "value")) for one in value or [] if isinstance(one, dict)]
    present = {one["value"] for one in held}
    if op == "add":
        if switches.strict_members and present & set(keys):
            raise Refused(400, "A member is there already.", "invalidValue")
        return [*held, *({"value": key} for key in dict.fromkeys(keys) if key not in present)]
    if value is None:
        return []
    if switches.member_remove == "filter":
        raise Refused(400, "This server takes members out by a filter.", "invalidValue")
    if switches.strict_members and not set(keys) <= present:
        raise Refused(400, "A member is not there.", "noTarget")
    return [one for one in held if one["value"] not in keys]
