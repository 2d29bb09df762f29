"""Ways in which SCIM servers go wrong: the simulator's switches, and the profile that copes with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.scim import ScimAdapter, ScimSettings
from simulators.scim import Simulator

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = 'emails[type eq "work"].value'
MOBILE = 'phoneNumbers[type eq "mobile"].value'
COUNTRY = 'addresses[type eq "work"].country'
COUNTRIES = {"GB": "United Kingdom", "DE": "Germany", "FR": "France", "JP": "Japan", "ES": "Spain", "IT": "Italy",
             "SE": "Sweden"}  # fmt: skip
USERS: dict[str, Any] = {
    "userName": {"required": True, "unique": True, "filter": "eq"},
    "externalId": {"filter": "eq-exact"},
    "active": {},
    "displayName": {},
    "name.givenName": {},
    "name.familyName": {},
    "title": {},
    WORK: {"filter": "eq"},
    MOBILE: {},
    COUNTRY: {},
    'addresses[type eq "work"].locality': {},
    "roles": {},
    "password": {"readable": False},
    f"{ENTERPRISE}:department": {},
    f"{ENTERPRISE}:manager": {},
    "meta.created": {},
}
GROUPS: dict[str, Any] = {
    "displayName": {"required": True, "filter": "eq"},
    "externalId": {},
    "members": {},
    "meta.created": {},
}


def profile(users: Mapping[str, Any] | None = None, *, groups: bool = True, **more: Any) -> dict[str, Any]:
    """A profile that is by the book but for what is said; an attribute that is None is not there."""
    attributes = {path: {**row, **((users or {}).get(path) or {})} for path, row in USERS.items()}
    attributes |= {path: row for path, row in (users or {}).items() if path not in USERS}
    attributes = {path: row for path, row in attributes.items() if (users or {}).get(path, {}) is not None}
    made = {"name": "The simulator", "users": {"attributes": attributes}, **more}
    return copy.deepcopy(made | ({"groups": {"attributes": GROUPS}} if groups else {}))


DUPLICATES = [{"status": 400, "detail": "already exists", "on": ["create", "update"], "means": "exists"},
              {"status": 500, "detail": "already exists", "on": ["create", "update"], "means": "exists"}]  # fmt: skip
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "by the book": ({}, profile()),
    "PATCH answers 204, totals of a page, or": (
        {"patch_status": 204, "totals": "page", "page_max": 3},
        profile(either=True, page_size=3, paging="until-empty"),
    ),
    "no PATCH, small pages, versions, values of its own": (
        {"patch": "none", "page_max": 3, "etags": True,
         "server_values": {"phoneNumbers": [{"type": "work", "value": "146"}]}},
        profile(update="put", page_size=3, etags=True),
    ),
    "PATCH of simple values, short lists": (
        {"patch": "simple", "short_lists": ["addresses", "phoneNumbers"]},
        profile({COUNTRY: {"listed": False}, MOBILE: {"listed": False},
                 'addresses[type eq "work"].locality': {"listed": False}}, update="simple-patch", groups=False),
    ),
    "no PUT, no or, no groups, no delete, 500 for taken, HTML for not found": (
        {"put": False, "filter_or": False, "groups": False, "delete": False, "conflict_status": 500,
         "not_found_body": "html"},
        profile(groups=False, delete=False, not_found="any", rules=DUPLICATES),
    ),
    "pages ignored, 404 for empty lists, 400 for taken, JSON for not found": (
        {"paging": "ignored", "empty_list": 404, "conflict_status": 400, "not_found_body": "json"},
        profile(paging="none", empty_list=404, not_found="json", rules=DUPLICATES),
    ),
    "texts for booleans, numbers for ids": (
        {"booleans": "strings", "numeric_ids": True, "error_status": "number", "passwords": "shown"},
        profile(active={"strings": True}, id_pattern="[0-9]+"),
    ),
    "only userName is searched": (
        {"filters": ["userName"], "other_filters": "refused", "case_sensitive": True},
        profile({"userName": {"filter": "eq-exact"}, "externalId": {"filter": "no"}, WORK: {"filter": "no"}},
                groups=False),
    ),
    "values are rewritten, attributes are missing, some never change": (
        {"rewrite": {"userName": "lower", "country": COUNTRIES}, "ignored": ["title"], "create_only": ["roles"],
         "required": ["externalId"]},
        profile({"userName": {"rewrite": "lower"}, COUNTRY: {"rewrite": COUNTRIES}, "title": None,
                 "roles": {"mutable": "create"}, "externalId": {"required": True}}),
    ),
    "active means something else, the login never changes and is the address": (
        {"active_default": False, "active_on_create": "ignored", "immutable": ["userName"]},
        profile({"userName": {"mutable": "create"}, WORK: {"same_as": "userName", "filter": "no", "mutable": "create"}},
                active={"on_create": "ignored"}),
    ),
    "members by value, strictly": (
        {"member_remove": "value", "strict_members": True},
        profile(members={"remove": "value", "batch": 2}),
    ),
    "members by filter, strictly, one by one": ({"strict_members": True}, profile(members={"batch": 1})),
}  # fmt: skip
"""Each switch that bears on the contract, in some way; what goes together is tried together."""
ACTIVE_ELSEWHERE = "active means something else, the login never changes and is the address"


def toml(document: Mapping[str, Any]) -> str:
    """A profile as TOML; everything in it is a text, a number, true, false, a list or a table."""
    return "\n".join(f"{json.dumps(name)} = {_value(value)}" for name, value in document.items()) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def write(folder: Path, document: Mapping[str, Any]) -> str:
    """The path of a file with this profile."""
    file = folder / "profile.toml"
    file.write_text(toml(document), encoding="utf-8")
    return str(file)


def connect(server: Simulator, profile: str = "rfc", **settings: Any) -> ScimAdapter:
    """An adapter for the simulator."""
    values = {"base_url": server.url, "profile": profile, "bearer_token": server.account.token} | settings
    return ScimAdapter(ScimSettings.model_validate(values))
