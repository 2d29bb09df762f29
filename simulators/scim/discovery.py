"""What the server says of itself (RFC 7644 section 4), or what it says wrongly."""

from __future__ import annotations

from typing import Any

from simulators.scim.reply import MESSAGES, Refused, Reply, as_json
from simulators.scim.switches import Switches

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = ("userName", "displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "active",
        "password", "profileUrl")  # fmt: skip
LISTS = ("emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates")
NAME = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary")


def discovery(switches: Switches, parts: list[str]) -> Reply:
    """`/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes`."""
    documents = {"ServiceProviderConfig": _config, "Schemas": _schemas, "ResourceTypes": _types}
    if len(parts) != 1 or parts[0] not in documents or switches.discovery == "missing":
        raise Refused(404, "There is nothing here.")
    return as_json(documents[parts[0]](switches))


def _listed(resources: list[Any]) -> dict[str, Any]:
    return {"schemas": [f"{MESSAGES}:ListResponse"], "totalResults": len(resources), "Resources": resources}


def _config(switches: Switches) -> Any:
    right = switches.discovery == "full"
    filter = {"supported": right, "maxResults": switches.page_max}
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": (switches.patch != "none") == right},
        "filter": filter,
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "changePassword": {"supported": True},
        "sort": {"supported": False},
        "etag": {"supported": switches.etags == right},
        "authenticationSchemes": [],
    }


def _attribute(name: str, switches: Switches, subs: tuple[str, ...] = ()) -> dict[str, Any]:
    fixed = name in switches.immutable
    made: dict[str, Any] = {"name": name, "type": "complex" if subs else "string"}
    made |= {
        "multiValued": name in (*LISTS, "addresses", "members"),
        "mutability": "immutable" if fixed else "readWrite",
    }
    made |= {"required": name == "userName" or name in switches.required}
    return made | ({"subAttributes": [_attribute(one, switches) for one in subs]} if subs else {})


def _schemas(switches: Switches) -> Any:
    part = ("value", "display", "type", "primary")
    user = [_attribute(name, switches) for name in USER if name not in switches.ignored]
    user += [_attribute("name", switches, NAME), _attribute("addresses", switches, ADDRESS)]
    user += [_attribute(name, switches, part) for name in LISTS if name not in switches.ignored]
    group = [_attribute("displayName", switches), _attribute("members", switches, ("value", "$ref", "type"))]
    names = ("employeeNumber", "costCenter", "organization", "division", "department")
    extension = [_attribute(name, switches) for name in names if name not in switches.ignored]
    extension.append(_attribute("manager", switches, ("value", "$ref", "displayName")))
    schemas = {f"{CORE}:User": user, ENTERPRISE: extension} | ({f"{CORE}:Group": group} if switches.groups else {})
    return _listed([{"id": urn, "name": urn.rpartition(":")[2], "attributes": one} for urn, one in schemas.items()])


def _types(switches: Switches) -> Any:
    names = ["User", "Group"] if switches.groups else ["User"]
    return _listed([{"id": name, "name": name, "endpoint": f"/{name}s", "schema": f"{CORE}:{name}"} for name in names])
