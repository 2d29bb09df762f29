"""Incoming JSON brought into the schemas' own spelling and types: strict, and in one place for all methods."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scim.errors import ScimError, invalid_syntax, invalid_value
from scim.paths import Json, as_boolean
from scim.schemas import PRIMARY, Attribute, ResourceSchema
from scim.values import Values

MAX_BYTES = 8_388_608
"""A group of 50,000 members as a GET shows it has 6.6 MB, and a PUT may send that back."""
MAX_DEPTH = 16
AS_IS = {"string": str, "reference": str, "boolean": bool}
"""Types whose values are told by their Python type."""
BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]*(?:=\s*){0,2}")
"""Binary values, in either alphabet (RFC 7643 2.3.6)."""


def parse(body: bytes) -> Json:
    """The JSON object of a request's body; 400 or 413 with a sentence for anything else."""
    if not body.strip():
        raise invalid_syntax("The request has no body; send a JSON object with a Content-Length.")
    if len(body) > MAX_BYTES:
        raise ScimError(413, f"The body is larger than {MAX_BYTES} bytes.")
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)
        depth(document)
        if b"\\ud" in body.lower():
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise invalid_syntax("The body is not valid JSON in UTF-8.") from None
    if not isinstance(document, dict):
        raise invalid_syntax("The body must be a JSON object.")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _too_deep() -> ScimError:
    return invalid_syntax(f"The body is nested deeper than {MAX_DEPTH} levels.")


def depth(document: Any) -> None:
    """Refuse what is nested deeper than any SCIM message."""
    level, nodes = 0, [document]
    while nodes:
        if level > MAX_DEPTH:
            raise _too_deep()
        level += 1
        nodes = [
            child
            for node in nodes
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]


def canonical(schema: ResourceSchema, body: Mapping[str, Any]) -> Json:
    """A resource in the schemas' spelling; without unassigned, read-only and unknown attributes (RFC 7644 3.3)."""
    resource: Json = {}
    for name, value in body.items():
        extension = schema.schema(name)
        if extension is not None and isinstance(value, Mapping):
            _place_all(schema, resource, value, extension.id)
        elif extension is None:
            _place(schema, resource, name, None, value)
    return resource


def _place_all(schema: ResourceSchema, resource: Json, block: Mapping[str, Any], urn: str) -> None:
    for name, value in block.items():
        _place(schema, resource, name, urn, value)


def _place(schema: ResourceSchema, resource: Json, name: str, urn: str | None, value: Any) -> None:
    found = schema.find(name, urn)
    if found is None or found[1].mutability == "readOnly" or found[1].name == "schemas":
        return
    extension, attribute = found
    value = clean(attribute, value)
    if value is not None and attribute.multi:
        values = Values(attribute)
        values.add(value)
        value = list(values)
    if value is not None:
        home = resource.setdefault(extension.id, {}) if extension else resource
        home[attribute.name] = value


def clean(attribute: Attribute, value: Any, name: str = "") -> Any:
    """A client's value in the attribute's type; None when it is unassigned (RFC 7643 2.5: null and [] alike).

    An empty string is unassigned too. Microsoft's variants are understood: "True" for a boolean, text or an array of
    one for `manager`, one object for a multi-valued attribute. A fault is told by `name`, else by the attribute's own.
    """
    name = name or attribute.name
    if attribute.multi:
        elements = value if isinstance(value, list) else [value]
        cleaned = [one for element in elements if (one := _clean_one(attribute, element, name)) is not None]
        return cleaned or None
    if isinstance(value, list) and attribute.type == "complex" and len(value) < 2:
        value = value[0] if value else None
    return _clean_one(attribute, value, name)


def _clean_one(attribute: Attribute, value: Any, name: str) -> Any:
    if value is None or value == "":
        return None
    if type(value) is AS_IS.get(attribute.type):
        return value
    if attribute.type == "complex":
        return _clean_complex(attribute, value, name)
    if attribute.type == "boolean":
        value = as_boolean(value)
        if attribute == PRIMARY and isinstance(value, str):
            return None  # a mark that cannot be read is no mark: Microsoft's validator sends plain text
    if not _fits(attribute, value):
        raise invalid_value(f"The value of {name} must be a {attribute.type}.")
    return value


def _clean_complex(attribute: Attribute, value: Any, name: str) -> Json | None:
    if not isinstance(value, Mapping):
        if attribute.sub("value") is None or isinstance(value, list):
            raise invalid_value(f"The value of {name} must be an object.")
        value = {"value": value}
    cleaned: Json = {}
    for key, part in _unfolded(attribute, value).items():
        sub = attribute.sub(key)
        if sub is None or sub.mutability == "readOnly":
            continue
        if (part := clean(sub, part, f"{name}.{sub.name}")) is not None:
            cleaned[sub.name] = part
    if attribute.multi and attribute.sub("$ref") and not any(key.lower() == "value" for key in value):
        raise invalid_value(f"Each of the {attribute.name} needs the id of a resource as its value.")
    return cleaned or None


def _unfolded(attribute: Attribute, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A role that Entra's AppRoleAssignmentsComplex sends as JSON text in `value`, as the object that it is."""
    text = value.get("value")
    if attribute.name != "roles" or not (isinstance(text, str) and text.startswith("{")):
        return value
    try:
        role = json.loads(text)
        text.encode()
        json.dumps(role, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return value
    if not (isinstance(role, dict) and isinstance(role.get("value"), str)):
        return value
    return {**value, **role, **({"display": role["displayName"]} if "displayName" in role else {})}


def _fits(attribute: Attribute, value: Any) -> bool:
    match attribute.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "decimal":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "dateTime":
            return isinstance(value, str) and _is_date_time(value)
        case "binary":
            return isinstance(value, str) and BASE64.fullmatch(value) is not None
        case _:
            return isinstance(value, str)


def _is_date_time(value: str) -> bool:
    try:
        return "T" in value and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
