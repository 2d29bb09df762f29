"""The calls of the user API, by method and path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.kintone import groups, users
from simulators.kintone.records import Record
from simulators.kintone.site import Site

Operation = Callable[[Site, users.Params, Record], Any]
OPERATIONS: dict[str, Operation] = {
    "GET users": users.find,
    "POST users": users.create,
    "PUT users": users.update,
    "DELETE users": users.delete,
    "PUT users/codes": users.rename,
    "GET users/services": users.services,
    "PUT users/services": users.set_services,
    "GET groups": groups.find,
    "POST groups": groups.create,
    "PUT groups": groups.update,
    "DELETE groups": groups.delete,
    "GET user/groups": groups.of_user,
    "PUT user/groups": groups.set_of_user,
    "GET group/users": groups.members,
}
DANGEROUS = ("PUT user/groups",)
"""What an API token may do in the scope *Dangerous Zone* only."""


def name(method: str, path: str) -> str:
    """`GET users` for GET /v1/users.json; empty when the path is none of the API's."""
    if not (path.startswith("/v1/") and path.endswith(".json")):
        return ""
    return f"{method} {path.removeprefix('/v1/').removesuffix('.json')}"
