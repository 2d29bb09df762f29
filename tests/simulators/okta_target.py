"""A small strict SCIM server over loopback HTTP: it knows what Okta sends, and answers 400 to anything else."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.simulators.target import MESSAGES, TOKEN, Call, Fault, Reply, Target, scim_error

__all__ = ["CORE", "MESSAGES", "TOKEN", "Call", "OktaTarget", "Reply", "instead", "on", "scim_error", "serving"]
CORE = "urn:ietf:params:scim:schemas:core:2.0"
KEYS = {"Users": "userName", "Groups": "displayName"}
FILTER = re.compile(r'(userName|displayName) eq ("(?:[^"\\]|\\.)*")')
MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')
Json = dict[str, Any]


class OktaTarget(Target):
    """What a fault turns into an error was not carried out."""

    undone = range(400, 600)

    def __init__(self) -> None:
        super().__init__()
        self._next: Counter[str] = Counter()

    @property
    def kept(self) -> dict[str, dict[str, Json]]:
        return {"Users": self.users, "Groups": self.groups}

    def user(self, login: str) -> Json:
        return next(user for user in self.users.values() if user["userName"] == login)

    def group(self, name: str) -> Json:
        return next(group for group in self.groups.values() if group["displayName"] == name)

    def hold(self, kind: str, **more: Any) -> str:
        """Put a resource there beforehand."""
        return str(self._create(kind, {"schemas": [f"{CORE}:{kind[:-1]}"], **more}).body["id"])

    def lines(self) -> list[str]:
        """What was sent since the last time."""
        lines = [call.line for call in self.calls]
        self.calls.clear()
        return lines

    def route(self, call: Call) -> Reply:
        if (call.headers.get("content-type") == "application/scim+json; charset=utf-8") is not bool(call.body):
            return scim_error(415, "content type")
        try:
            return self._route(call)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return scim_error(400, f"not what Okta sends: {error!r}")

    def _route(self, call: Call) -> Reply:
        parts = urlsplit(call.target.removeprefix("/scim/"))
        kind, _, key = parts.path.partition("/")
        store, key = self.kept[kind], unquote(key)
        if not key:
            return self._create(kind, call.json) if call.method == "POST" else self._list(kind, parts.query)
        if key not in store:
            return scim_error(404, "unknown")
        if call.method == "PUT":
            if call.json["id"] != key or f"{CORE}:{kind[:-1]}" not in call.json["schemas"]:
                raise ValueError("the id or schemas of a PUT")
            store[key] = {**_told(call.json), "meta": {"resourceType": kind[:-1]}}
        if call.method == "PATCH":
            return self._patch(store[key], call.json)
        if call.method == "DELETE":
            return self._delete(kind, key)
        return Reply(200, store[key])

    def _delete(self, kind: str, key: str) -> Reply:
        if kind == "Users":
            return scim_error(405, "Okta never deletes users")
        del self.kept[kind][key]
        return Reply(204)

    def _create(self, kind: str, body: Json) -> Reply:
        name = KEYS[kind]
        if any(each[name].lower() == body[name].lower() for each in self.kept[kind].values()):
            return scim_error(409, "taken")
        self._next[kind] += 1
        key = f"{kind[0].lower()}{self._next[kind]}"
        self.kept[kind][key] = {**_told(body), "id": key, "meta": {"resourceType": kind[:-1]}}
        return Reply(201, self.kept[kind][key])

    def _list(self, kind: str, query: str) -> Reply:
        if "+" in query:
            raise ValueError("Okta sends blanks as %20")
        asked = dict(parse_qsl(query, strict_parsing=True))
        found = list(self.kept[kind].values())
        if wanted := asked.pop("filter", ""):
            name, value = _equality(wanted, kind)
            found = [each for each in found if each[name].lower() == value.lower()]
        start, count = int(asked.pop("startIndex")), int(asked.pop("count"))
        if asked:
            raise ValueError(f"parameters {sorted(asked)}")
        page = found[start - 1 : start - 1 + count]
        numbers = {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(page)}
        return Reply(200, {"schemas": [f"{MESSAGES}:ListResponse"], **numbers, "Resources": page})

    def _patch(self, kept: Json, body: Json) -> Reply:
        if body["schemas"] != [f"{MESSAGES}:PatchOp"] or set(body) != {"schemas", "Operations"}:
            raise ValueError("the frame of a PATCH")
        for operation in body["Operations"]:
            _apply(kept, operation)
        return Reply(200, kept)


def _told(body: Json) -> Json:
    """What may be read again."""
    return {name: value for name, value in body.items() if name != "password"}


def _equality(text: str, kind: str) -> tuple[str, str]:
    found = FILTER.fullmatch(text)
    if not found or found[1] != KEYS[kind]:
        raise ValueError(f"the filter {text}")
    return found[1], json.loads(found[2])


def _apply(kept: Json, operation: Json) -> None:
    shape = (operation["op"], operation.get("path"))
    members = kept.setdefault("members", []) if "path" in operation else []
    if shape == ("replace", None):
        if not set(operation["value"]) <= {"active", "id", "displayName", "password"}:
            raise ValueError("a PATCH without a path")
        kept.update(operation["value"])
        kept.pop("password", None)
    elif shape == ("add", "members"):
        members += _members(operation)
    elif shape == ("replace", "members"):
        members[:] = _members(operation)
    elif shape[0] == "remove" and set(operation) == {"op", "path"} and (found := MEMBER.fullmatch(shape[1] or "")):
        members[:] = [each for each in members if each["value"] != found[1]]
    else:
        raise ValueError(f"the operation {shape}")


def _members(operation: Json) -> list[Json]:
    if any(set(each) != {"value", "display"} for each in operation["value"]):
        raise ValueError("members")
    return list(operation["value"])


serving = OktaTarget.serving


def on(what: str, fault: Fault, times: int = 1_000_000) -> Fault:
    """The fault strikes at requests whose line begins with `what`, so many times."""
    left = [times]

    def strike(call: Call, reply: Reply) -> Reply:
        if call.line.startswith(what) and left[0] > 0:
            left[0] -= 1
            return fault(call, reply)
        return reply

    return strike


def instead(reply: Reply) -> Fault:
    return lambda call, _: reply
