"""A small strict SCIM server over loopback HTTP that keeps what it was sent and misbehaves when told to."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote_plus

from tests.simulators.target import MESSAGES, TOKEN, Call, Fault, Reply, Target, scim_error

__all__ = ["ENTERPRISE", "TOKEN", "Call", "Fault", "Reply", "ScimTarget", "on", "once", "scim_error", "serving"]
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CONDITION = re.compile(r'(\w+(?:\[[^\]]*\])?(?:\.\w+)?) eq "((?:[^"\\]|\\.)*)"')
MEMBER = re.compile(r'members\[value eq "(\w+)"\]')
PATH = re.compile(r'(?:(urn:.+):)?(\w+)(?:\[(type|primary) eq "(\w+)"\])?(?:\.(\w+))?')


class ScimTarget(Target):
    """What a fault turns into a 4xx was not stored; anything else was carried out all the same."""

    undone = range(400, 500)

    def __init__(self) -> None:
        super().__init__()
        self._next: Counter[str] = Counter()

    def user(self, user_name: str) -> dict[str, Any]:
        return next(user for user in self.users.values() if user["userName"].lower() == user_name.lower())

    def group(self, name: str) -> dict[str, Any]:
        return next(group for group in self.groups.values() if group["displayName"].lower() == name.lower())

    def members(self, name: str) -> list[str]:
        """The members of a group by name."""
        known = {**self.users, **self.groups}
        found = [known[each["value"]] for each in self.group(name)["members"]]
        return sorted(str(each.get("userName", each.get("displayName"))) for each in found)

    def hold(self, user_name: str, **more: Any) -> str:
        """Put a user there before the cycle."""
        return str(self._create({"schemas": [CORE], "userName": user_name, **more}).body["id"])

    def route(self, call: Call) -> Reply:
        path, _, query = call.target.partition("?")
        endpoint, _, key = path.removeprefix("/scim/").partition("/")
        store = self.groups if endpoint == "Groups" else self.users
        if call.method == "POST":
            return (self._create_group if endpoint == "Groups" else self._create)(json.loads(call.body))
        if call.method == "GET" and not key:
            return self._find(store, query)
        if key not in store:
            return scim_error(404, "unknown")
        if call.method == "DELETE":
            del store[key]
            for group in self.groups.values():
                group["members"] = [each for each in group["members"] if each["value"] != key]
            return Reply(204)
        if call.method == "PATCH" and endpoint == "Groups":
            return self._change_group(store[key], json.loads(call.body)["Operations"])
        if call.method == "PATCH":
            for operation in json.loads(call.body)["Operations"]:
                _apply(store[key], operation)
        return Reply(200, _shown(store[key], query))

    def _create(self, body: dict[str, Any]) -> Reply:
        if any(user["userName"].lower() == body["userName"].lower() for user in self.users.values()):
            return scim_error(409, "taken", scimType="uniqueness")
        return self._keep(self.users, "u", "User", body)

    def _create_group(self, body: dict[str, Any]) -> Reply:
        if body["schemas"][0] != GROUP or body.get("members", []) != []:
            return scim_error(400, "not a group without members", scimType="invalidValue")
        if any(group["displayName"].lower() == body["displayName"].lower() for group in self.groups.values()):
            return scim_error(409, "taken", scimType="uniqueness")
        return self._keep(self.groups, "g", "Group", {"members": [], **body, "schemas": [GROUP]})

    def _keep(self, store: dict[str, dict[str, Any]], letter: str, kind: str, body: dict[str, Any]) -> Reply:
        self._next[letter] += 1
        key = f"{letter}{self._next[letter]}"
        location = f"{self.base}/{kind}s/{key}"
        store[key] = {**body, "id": key, "meta": {"resourceType": kind, "location": location}}
        return Reply(201, store[key], {"Location": location})

    def _change_group(self, group: dict[str, Any], operations: list[dict[str, Any]]) -> Reply:
        for operation in operations:
            if fault := _apply_to_group(group, operation, {*self.users, *self.groups}):
                return scim_error(400, fault, scimType="invalidValue")
        return Reply(204)

    def _find(self, store: dict[str, dict[str, Any]], query: str) -> Reply:
        text = unquote_plus(next(part for part in query.split("&") if part.startswith("filter="))[7:])
        text = MEMBER.sub(r'members eq "\1"', text)
        conditions = [(path, json.loads(f'"{value}"')) for path, value in CONDITION.findall(text)]
        assert " and ".join(CONDITION.sub("X", part) for part in text.split(" and ")).strip("X and") == "", text
        key = dict(conditions).get("id")
        candidates = store.values() if key is None else [store[key]] if key in store else []
        found = [_shown(each, query) for each in candidates if all(_holds(each, *one) for one in conditions)]
        sizes = {"totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found)}
        return Reply(200, {"schemas": [f"{MESSAGES}:ListResponse"], **sizes, "Resources": found})


def _shown(resource: dict[str, Any], query: str) -> dict[str, Any]:
    asked = dict(part.partition("=")[::2] for part in query.split("&"))
    if "attributes" in asked:
        return {name: resource[name] for name in ("schemas", "id", asked["attributes"])}
    return {name: each for name, each in resource.items() if name != asked.get("excludedAttributes")}


def _apply_to_group(group: dict[str, Any], operation: dict[str, Any], known: set[str]) -> str:
    """What is wrong with the operation, or nothing."""
    op, path = operation["op"].lower(), operation["path"]
    if path in ("displayName", "externalId"):
        group[path] = operation["value"]
        return "" if isinstance(operation["value"], str) else "not a text"
    if filtered := MEMBER.fullmatch(path):
        wrong = op != "remove" or "value" in operation
        ids = [filtered[1]]
    else:
        value = operation.get("value") or []
        wrong = path != "members" or not value or any(set(each) != {"$ref", "value"} for each in value)
        ids = [] if wrong else [each["value"] for each in value]
    if wrong or (op == "add" and not known.issuperset(ids)):
        return f"not understood: {operation}"
    kept = [each for each in group["members"] if each["value"] not in ids]
    group["members"] = kept + [{"value": each} for each in ids] if op == "add" else kept
    return ""


def _holds(user: dict[str, Any], path: str, value: str) -> bool:
    if path == "manager":
        return bool(user.get(ENTERPRISE, {}).get("manager", {}).get("value") == value)
    if path == "members":
        return any(each["value"] == value for each in user["members"])
    if path.startswith("emails"):
        return any(entry["value"].lower() == value.lower() for entry in user.get("emails", []))
    return str(user.get(path, "")).lower() == value.lower()


def _apply(user: dict[str, Any], operation: dict[str, Any]) -> None:
    changes = {operation["path"]: operation.get("value")} if "path" in operation else operation["value"]
    for path, value in changes.items():
        _set(user, path, value, operation["op"].lower())


def _set(user: dict[str, Any], path: str, value: Any, op: str) -> None:
    found = PATH.fullmatch(path)
    assert found, path
    urn, name, key, text, sub = found.groups()
    remove = op == "remove"
    home = user.setdefault(urn, {}) if urn else user
    if key:
        wanted = text == "True" if key == "primary" else text
        entries = home.setdefault(name, [])
        match = [entry for entry in entries if entry.get(key) == wanted] or [{key: wanted}]
        entries[:] = [entry for entry in entries if entry.get(key) != wanted] + match
        home, name = match[0], sub
    elif sub:
        home, name = home.setdefault(name, {}), sub
    if name == "active":
        value = str(value).lower() == "true"
    if name == "manager":
        value, remove = {"value": value}, not value
    if isinstance(value, list) and op == "add":
        value = [*home.get(name, []), *value]
    if remove:
        home.pop(name, None)
    else:
        home[name] = value


serving = ScimTarget.serving


def once(fault: Fault, method: str = "", after: int = 0) -> Fault:
    """The fault strikes one time: at the first request of the method, or `after` so many."""
    left = [after + 1]

    def strike(call: Call, reply: Reply) -> Reply:
        if method in ("", call.method):
            left[0] -= 1
            return fault(call, reply) if left[0] == 0 else reply
        return reply

    return strike


def on(method: str, fault: Fault) -> Fault:
    """The fault strikes at every request of the method."""
    return lambda call, reply: fault(call, reply) if call.method == method else reply
