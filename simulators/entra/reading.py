"""Reading answers strictly. A violation that Entra trips over raises `Failed`; a lesser one is a named warning."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import NoneType
from typing import Any, NoReturn

from simulators.entra.client import Answer, Failed
from simulators.entra.paths import CORE, ENTERPRISE

Warn = Callable[[str], None]
Resource = dict[str, Any]

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_LISTS = ("emails", "phoneNumbers", "addresses", "roles", "ims", "photos", "entitlements", "groups", "x509Certificates")
_INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"


def document(answer: Answer) -> Resource:
    """The JSON object of an answer, which must say that it is SCIM (RFC 7644 section 3.1)."""
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if media_type != "application/scim+json":
        named = f"Content-Type {media_type[:80]}" if media_type else "no Content-Type"
        raise Failed(f"not able to deserialize the resource: the answer has {named}, not application/scim+json")
    try:
        found = json.loads(answer.content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Failed("not able to deserialize the resource: the body is not JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise Failed("not able to deserialize the resource: the body is not a JSON object")
    return found


def user(found: Any, warn: Warn) -> Resource:
    """One User resource (RFC 7643 sections 3.1 and 4.1)."""
    resource = _resource(found, CORE, "userName")
    _check_shapes(resource)
    _check_manners(resource, warn)
    return resource


def group(found: Any, warn: Warn) -> Resource:
    """One Group resource (RFC 7643 section 4.2); its members need not be there."""
    resource = _resource(found, GROUP, "displayName")
    members = resource.get("members", [])
    if members is not None and not (isinstance(members, list) and all(isinstance(each, dict) for each in members)):
        raise Failed("members of the resource is not a list of objects")
    if (resource.get("meta") or {}).get("resourceType") != "Group":
        warn("meta.resourceType of the resource is not Group")
    return resource


def _resource(found: Any, schema: str, name: str) -> Resource:
    if not isinstance(found, dict):
        raise Failed("a resource is not a JSON object")
    target_id = found.get("id")
    if target_id is None or target_id == "":
        raise Failed("the resource has no id")
    if not isinstance(target_id, str):
        raise Failed("the id of the resource is not a text")
    if target_id in (".", "..") or not target_id.isprintable():
        raise Failed("the id of the resource cannot be part of a URL")
    if schema not in _strings(found.get("schemas")):
        raise Failed(f"the schemas of the resource lack {schema}")
    if not isinstance(found.get(name), str):
        raise Failed(f"the resource has no {name}")
    if not isinstance(found.get("meta"), dict | NoneType):
        raise Failed("meta of the resource is not an object")
    return found


def hits(answer: Answer, warn: Warn) -> tuple[list[Any], int]:
    """Resources and totalResults of a ListResponse (RFC 7644 section 3.4.2), `Resources` demanded even when empty."""
    if answer.status != 200:
        raise Failed(f"the query was answered {explain(answer, warn)}, not 200 with a list")
    found = document(answer)
    if LIST not in _strings(found.get("schemas")):
        raise Failed("the answer to a query is not a ListResponse")
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        if name in found and not _is_integer(found[name]):
            raise Failed(f"{name} of the ListResponse is not an integer")
    if missing := [name for name in ("totalResults", "Resources") if name not in found]:
        raise Failed(f"the ListResponse has no {missing[0]}")
    for name in ("startIndex", "itemsPerPage"):
        if name not in found:
            warn(f"the ListResponse has no {name}")
    if not isinstance(found["Resources"], list):
        raise Failed("Resources of the ListResponse is not a list")
    if found["totalResults"] < len(found["Resources"]) or (found["totalResults"] and not found["Resources"]):
        raise Failed("totalResults of the ListResponse contradicts its Resources")
    return found["Resources"], found["totalResults"]


def is_absent(answer: Answer) -> bool:
    """Whether the answer says in SCIM that the resource does not exist: 404 with an Error body."""
    if answer.status != 404:
        return False
    if faults := _error_faults(answer):
        raise Failed(f"404 without a SCIM Error body ({faults[0]})")
    return True


def explain(answer: Answer, warn: Warn) -> str:
    """An error answer in one line; what is wrong with its body becomes a warning (RFC 7644 section 3.12)."""
    faults = _error_faults(answer)
    for fault in faults:
        warn(f"HTTP {answer.status}: {fault}")
    try:
        body = document(answer)
    except Failed:
        return f"HTTP {answer.status}"
    words = [body[name] for name in ("scimType", "detail") if isinstance(body.get(name), str)]
    return " ".join([f"HTTP {answer.status}", *words]).rstrip(".")


def _error_faults(answer: Answer) -> list[str]:
    try:
        body = document(answer)
    except Failed as fault:
        return [str(fault)]
    faults = []
    if ERROR not in _strings(body.get("schemas")):
        faults.append("the body lacks the schema of an Error")
    if body.get("status") != str(answer.status):
        faults.append("status of the Error is not the HTTP status as a text")
    if not isinstance(body.get("detail", ""), str):
        faults.append("detail of the Error is not one text")
    return faults


def _check_shapes(found: Resource) -> None:
    for name in _LISTS:
        value = found.get(name, [])
        if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
            raise Failed(f"{name} of the resource is not a list of objects")
    for name in ("name", ENTERPRISE):
        if not isinstance(found.get(name), dict | NoneType):
            raise Failed(f"{name} of the resource is not an object")
    manager = (found.get(ENTERPRISE) or {}).get("manager")
    if not isinstance(manager, dict | NoneType):
        raise Failed(f"{_INCOMPATIBLE}: manager must be answered as an object")
    if manager and not isinstance(manager.get("value", ""), str):
        raise Failed(f"{_INCOMPATIBLE}: the value of manager must be a text")


def _check_manners(found: Resource, warn: Warn) -> None:
    if not isinstance(found.get("active", True), bool):
        warn("active is answered as something else than a boolean")
    if (found.get("meta") or {}).get("resourceType") != "User":
        warn("meta.resourceType of the resource is not User")
    if found.get(ENTERPRISE) and ENTERPRISE not in _strings(found.get("schemas")):
        warn("the resource has the enterprise extension and does not list it in schemas")


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
