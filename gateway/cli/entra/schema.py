"""Entra's provisioning schema (Microsoft Graph, resource type synchronizationSchema) with the mapping of a connection.

Entra knows its rules by identifiers of its own: whoever has a job already gives its schema, in which the mapping is
replaced and attributes are added; without one there is a schema of a new application that is not in the gallery.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.cli.entra.expressions import Json, attributes, source
from gateway.cli.entra.rows import ALWAYS, Row

OBJECTS = {
    "User": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "Group": "urn:ietf:params:scim:schemas:core:2.0:Group",
}
"""What Entra calls the resource types of a SCIM server."""
ENTRA, SCIM = "Azure Active Directory", "customappsso"
RULE = {
    "editable": True,
    "id": "03f7d90d-bf71-41b1-bda6-aaf0ddbee5d8",
    "name": "USERGROUP_OUTBOUND_USERGROUP",
    "priority": 1,
    "sourceDirectoryName": ENTRA,
    "targetDirectoryName": SCIM,
    "objectMappings": [],
}


class SchemaRefused(ValueError):
    """A document that is no provisioning schema; the message says what is missing."""


def schema(mappings: Mapping[str, Sequence[Row]], given: Any = None) -> Json:
    """The schema with these rows by resource type; types that are not there are switched off.

    ValueError for a source that is none, `SchemaRefused` where `given` is another kind of document.
    """
    try:
        return _filled(copy.deepcopy(given) if given is not None else _new(), mappings)
    except (AttributeError, KeyError, TypeError):
        raise SchemaRefused("its directories or mappings are made in another way") from None


def _filled(made: Json, mappings: Mapping[str, Sequence[Row]]) -> Json:
    rule = _rule(made)
    names = OBJECTS | {one["sourceObjectName"]: one["targetObjectName"] for one in rule["objectMappings"]}
    for type in OBJECTS:
        found = next((one for one in rule["objectMappings"] if one.get("sourceObjectName") == type), None)
        if type not in mappings:
            if found is not None:
                found["enabled"] = False
            continue
        if found is None:
            found = _object_mapping(type)
            rule["objectMappings"].append(found)
        flows = [_flow(row) for row in mappings[type] if row.source]
        found |= {"enabled": True, "attributeMappings": flows}
        used = {name: _read(name) for flow in flows for name in attributes(flow["source"])}
        _define(made, rule["sourceDirectoryName"], type, list(used.values()), anchor="objectId")
        named = [_renamed(row, names) for row in mappings[type]]
        _define(made, rule["targetDirectoryName"], found["targetObjectName"], named, anchor="id")
    return made


def _new() -> Json:
    return {"directories": [], "synchronizationRules": [copy.deepcopy(RULE)]}


def _rule(document: Any) -> Json:
    rules = document.get("synchronizationRules") if isinstance(document, dict) else None
    rule = rules[0] if isinstance(rules, list) and rules else None
    names = ("sourceDirectoryName", "targetDirectoryName")
    if not isinstance(rule, dict) or not all(isinstance(rule.get(name), str) for name in names):
        raise SchemaRefused("it has no synchronizationRules with a sourceDirectoryName and a targetDirectoryName")
    rule.setdefault("objectMappings", [])
    document.setdefault("directories", [])
    return rule


def _object_mapping(type: str) -> Json:
    names = {"sourceObjectName": type, "targetObjectName": OBJECTS[type]}
    return {
        "enabled": True,
        "flowTypes": "Add,Update,Delete",
        "name": f"Provision Microsoft Entra ID {type}s",
        **names,
    }


def _flow(row: Row) -> Json:
    return {
        "defaultValue": "",
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": row.flow,
        "matchingPriority": row.matching,
        "targetAttributeName": row.target,
        "source": source(row.source),
    }


def _read(name: str) -> Row:
    """An attribute of Entra."""
    refers = {"manager": ("User",), "members": ("User", "Group")}.get(name, ())
    return Row("", name, "Reference" if refers else "String", refers=refers)


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    return replace(row, refers=tuple(names[type] for type in row.refers))


def _define(document: Json, directory: str, name: str, rows: Sequence[Row], *, anchor: str) -> None:
    """The attributes of an object in a directory; what is defined already stays, but for what the rows say of it."""
    home = _named(document["directories"], directory, {"objects": []})
    held = _named(home.setdefault("objects", []), name, {"attributes": []}).setdefault("attributes", [])
    if not any(one.get("anchor") for one in held):
        held.insert(0, _definition(Row("", anchor, exact=True)) | {"anchor": True, "mutability": "ReadOnly"})
    for row in rows:
        if row.target != anchor:
            told = _definition(row)
            _named(held, row.target, told).update({"required": told["required"], "type": told["type"]})


def _named(listed: list[Json], name: str, default: Json) -> Json:
    found = next((one for one in listed if str(one.get("name")).casefold() == name.casefold()), None)
    if found is None:
        listed.append(found := {"name": name, **default})
    return found


def _definition(row: Row) -> Json:
    return {
        "name": row.target,
        "type": row.type,
        "anchor": False,
        "caseExact": row.exact,
        "flowNullValues": False,
        "multivalued": row.target == "members",
        "mutability": "ReadWrite" if row.flow == ALWAYS else "Immutable",
        "required": row.required,
        "referencedObjects": [{"referencedObjectName": name} for name in row.refers],
    }
