"""A person as SCIM resource: the body of a create, and what a PUT makes of a resource that was read."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from simulators.okta.people import Person

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Json = dict[str, Any]


def create_body(person: Person, *, password: bool) -> Json:
    """The members and their order are those of Okta's example; mapped attributes without a value are left out."""
    body: Json = {
        "schemas": [CORE],
        "userName": person.login,
        "name": _filled(givenName=person.first_name, familyName=person.last_name),
        "emails": _emails(person),
        "displayName": person.display_name,
        "locale": person.locale,
        "title": person.title,
        "externalId": person.id,
    }
    body = {name: value for name, value in body.items() if value}
    body["groups"] = []
    if password:
        body["password"] = secrets.token_urlsafe(9)
    body["active"] = True
    if person.department:
        body["schemas"] = [CORE, ENTERPRISE]
        body[ENTERPRISE] = {"department": person.department}
    return body


def update_body(got: Json, person: Person) -> Json:
    """What was read with the person's attributes laid over it. `active` is as it was read."""
    body = dict(got)
    for name, value in (
        ("userName", person.login),
        ("displayName", person.display_name),
        ("locale", person.locale),
        ("title", person.title),
        ("externalId", person.id),
    ):
        _lay(body, name, value)
    _lay_inside(body, "name", givenName=person.first_name, familyName=person.last_name)
    _lay(body, "emails", _merged_emails(body.get("emails"), person))
    _lay_inside(body, ENTERPRISE, department=person.department)
    schemas = body.get("schemas")
    body["schemas"] = list(schemas) if isinstance(schemas, list) else [CORE]
    if ENTERPRISE in body and ENTERPRISE not in body["schemas"]:
        body["schemas"].append(ENTERPRISE)
    body.setdefault("groups", [])
    return body


def status_patch(active: bool) -> Json:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]}


def digest(person: Person) -> str:
    """Tells whether the profile changed since it was last written."""
    told = create_body(person, password=False)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _filled(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _emails(person: Person) -> list[Json]:
    return [{"primary": True, "value": person.email, "type": "work"}] if person.email else []


def _merged_emails(got: Any, person: Person) -> list[Json]:
    """The primary one is the person's; the others are carried back, and so is a primary one that has not changed."""
    entries = [each for each in got if isinstance(each, dict)] if isinstance(got, list) else []
    primary = next((each for each in entries if each.get("primary") is True), None)
    if primary and primary.get("value") == person.email:
        return entries
    return _emails(person) + [each for each in entries if each is not primary]


def _lay(body: Json, name: str, value: Any) -> None:
    if value:
        body[name] = value
    else:
        body.pop(name, None)


def _lay_inside(body: Json, name: str, **values: str) -> None:
    inside = dict(body[name]) if isinstance(body.get(name), dict) else {}
    for each, value in values.items():
        _lay(inside, each, value)
    _lay(body, name, inside)
