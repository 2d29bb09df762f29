"""A person as SCIM resource: the body of a create, and what a PUT makes of a resource that was read."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulators.okta.people import Person

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Json = dict[str, Any]

PLACES = {
    "login": ("", "userName"),
    "first_name": ("name", "givenName"),
    "last_name": ("name", "familyName"),
    "email": ("", "emails"),
    "display_name": ("", "displayName"),
    "locale": ("", "locale"),
    "title": ("", "title"),
    "id": ("", "externalId"),
    "department": (ENTERPRISE, "department"),
}
"""Where an attribute of the Okta profile goes: the complex attribute or extension around it, and its name there."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The rows of the app's attribute mapping, without those that an administrator took out."""

    names: tuple[str, ...] = tuple(PLACES)

    def without(self, targets: Iterable[str]) -> Mapping:
        """Unmaps `department` and the like, by their SCIM names. Raises ValueError with a sentence."""
        known = {place.lower(): name for name, (_, place) in PLACES.items() if name != "login"}
        wanted = list(targets)
        if unknown := [each for each in wanted if each.lower() not in known]:
            told = ", ".join(place for name, (_, place) in PLACES.items() if name != "login")
            raise ValueError(f"{unknown[0]!r} cannot be unmapped; these can: {told}.")
        gone = {known[each.lower()] for each in wanted}
        return Mapping(tuple(name for name in self.names if name not in gone))

    def written(self, person: Person) -> str:
        """The mapped attributes that have a value, as text that can be kept and compared."""
        return json.dumps({name: value for name in self.names if (value := getattr(person, name))})

    def create_body(self, person: Person, *, password: bool) -> Json:
        """The members and their order are those of Okta's example; attributes without a value are left out."""
        body: Json = {"schemas": [CORE]}
        for name, value in json.loads(self.written(person)).items():
            _lay(body, name, value)
        extensions = {name: body.pop(name) for name in (ENTERPRISE,) if name in body}
        body["groups"] = []
        if password:
            body["password"] = person.password or secrets.token_urlsafe(9)
        body["schemas"] += extensions
        return {**body, "active": True, **extensions}

    def update_body(self, got: Json, person: Person, before: str) -> Json:
        """What was read with the person's attributes laid over it. `active` is as it was read.

        `before` is what was `written` last: an attribute that had a value then and has none now is taken out.
        """
        body, now, old = dict(got), json.loads(self.written(person)), json.loads(before or "{}")
        for name in self.names:
            if name in now or name in old:
                _lay(body, name, now.get(name, ""))
        schemas = body.get("schemas")
        body["schemas"] = list(schemas) if isinstance(schemas, list) else [CORE]
        if ENTERPRISE in body and ENTERPRISE not in body["schemas"]:
            body["schemas"].append(ENTERPRISE)
        body.setdefault("groups", [])
        return body


def patch_body(values: Json) -> Json:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "value": values}]}


def sealed(person: Person) -> str:
    """Tells whether the password changed, without being it."""
    told = f"{person.id}:{person.password}".encode("utf-8", "backslashreplace")
    return hashlib.sha256(told).hexdigest()[:32] if person.password else ""


def _lay(body: Json, attribute: str, value: str) -> None:
    around, name = PLACES[attribute]
    told = _emails(body.get(name), value) if attribute == "email" else value
    if not around:
        _set(body, name, told)
        return
    inside = dict(body[around]) if isinstance(body.get(around), dict) else {}
    _set(inside, name, told)
    _set(body, around, inside)


def _set(home: Json, name: str, value: Any) -> None:
    if value:
        home[name] = value
    else:
        home.pop(name, None)


def _emails(got: Any, value: str) -> list[Json]:
    """The primary one is the person's; the others are carried back, and so is a primary one that has not changed."""
    entries = [each for each in got if isinstance(each, dict)] if isinstance(got, list) else []
    primary = next((each for each in entries if each.get("primary") is True), None)
    if primary and primary.get("value") == value:
        return entries
    others = [each for each in entries if each is not primary]
    return [{"primary": True, "value": value, "type": "work"}, *others] if value else others
