"""What the server says of itself (RFC 7644 section 4), or what it says wrongly."""

from __future__ import annotations

from typing import Any

from simulators.http import Reply
from simulators.scim.reply import MESSAGES, Refused, as_json
from simulators.scim.switches import Switches

Json = dict[str, Any]
CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = ("userName", "displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "active",
        "password", "profileUrl")  # fmt: skip
LISTS = ("emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates")
NAME = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary")
EXTENDED = ("employeeNumber", "costCenter", "organization", "division", "department")
TYPES = {"active": "boolean", "primary": "boolean", "$ref": "reference", "profileUrl": "reference"}
REFERS = {"members": ["User", "Group"], "manager": ["User"], "profileUrl": ["external"]}


def discovery(switches: Switches, method: str, parts: list[str], base: str) -> Reply:
    """`/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes`, the last two also by id."""
    kind, id = (*parts, "", "")[:2]
    if kind not in ("ServiceProviderConfig", "Schemas", "ResourceTypes") or switches.discovery == "missing":
        raise Refused(404, "There is nothing here.")
    if method != "GET":
        raise Refused(405, "This can only be read.")
    if kind == "ServiceProviderConfig":
        return as_json(_config(switches) | _meta(kind, f"{base}/{kind}"))
    known = {one["id"]: one for one in (_schemas(switches, base) if kind == "Schemas" else _types(switches, base))}
    if not id:
        resources = list(known.values())
        sizes = {"totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources)}
        return as_json({"schemas": [f"{MESSAGES}:ListResponse"], **sizes, "Resources": resources})
    if id not in known or len(parts) > 2:
        raise Refused(404, "There is nothing here.")
    return as_json(known[id])


def _meta(type: str, location: str) -> Json:
    return {"meta": {"resourceType": type, "location": location}}


def _config(switches: Switches) -> Json:
    right = switches.discovery == "full"
    token = {"type": "oauthbearertoken", "name": "Token", "description": "A bearer token."}
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": (switches.patch != "none") == right},
        "filter": {"supported": right, "maxResults": switches.page_max},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "changePassword": {"supported": True},
        "sort": {"supported": False},
        "etag": {"supported": switches.etags == right},
        "authenticationSchemes": [token],
    }


def _attribute(name: str, switches: Switches, subs: tuple[str, ...] = (), parent: str = "") -> Json:
    made: Json = {"name": name, "type": "complex" if subs else TYPES.get(name, "string"), "description": name}
    made |= {"multiValued": name in (*LISTS, "addresses", "members"), "caseExact": False, "uniqueness": "none"}
    made |= {"mutability": "immutable" if name in switches.immutable else "readWrite", "returned": "default"}
    made |= {"required": name == "userName" or name in switches.required}
    if name == "password":
        made |= {"mutability": "writeOnly", "returned": "never"}
    if made["type"] == "reference":
        made["referenceTypes"] = REFERS.get(parent or name, ["external"])
    return made | ({"subAttributes": [_attribute(one, switches, (), name) for one in subs]} if subs else {})


def _schemas(switches: Switches, base: str) -> list[Json]:
    part = ("value", "display", "type", "primary")
    user = [_attribute(name, switches) for name in USER if name not in switches.ignored]
    user += [_attribute("name", switches, NAME), _attribute("addresses", switches, ADDRESS)]
    user += [_attribute(name, switches, part) for name in LISTS if name not in switches.ignored]
    group = [_attribute("displayName", switches) | {"required": True}]
    group.append(_attribute("members", switches, ("value", "$ref", "type")))
    extension = [_attribute(name, switches) for name in EXTENDED if name not in switches.ignored]
    extension.append(_attribute("manager", switches, ("value", "$ref", "displayName")))
    schemas = {f"{CORE}:User": ("User", user), ENTERPRISE: ("EnterpriseUser", extension)}
    schemas |= {f"{CORE}:Group": ("Group", group)} if switches.groups else {}
    about = {"schemas": [f"{CORE}:Schema"]}
    return [
        {**about, "id": urn, "name": name, "attributes": rows} | _meta("Schema", f"{base}/Schemas/{urn}")
        for urn, (name, rows) in schemas.items()
    ]


def _types(switches: Switches, base: str) -> list[Json]:
    made = []
    for name in ["User", "Group"] if switches.groups else ["User"]:
        one: Json = {"schemas": [f"{CORE}:ResourceType"], "id": name, "name": name, "endpoint": f"/{name}s"}
        one |= {"schema": f"{CORE}:{name}"} | _meta("ResourceType", f"{base}/ResourceTypes/{name}")
        one |= {"schemaExtensions": [{"schema": ENTERPRISE, "required": False}]} if name == "User" else {}
        made.append(one)
    return made
