"""What the control interface can do with a site, beside what it can do everywhere."""

from __future__ import annotations

from typing import Any

from simulators.http import Control, count
from simulators.kintone.errors import Refused
from simulators.kintone.operations import OPERATIONS
from simulators.kintone.records import Record, User, checked
from simulators.kintone.site import Site


def _seed(site: Site, body: Record) -> Any:
    if not body or not body.keys() <= {"users", "groups", "count", "items"}:
        raise ValueError("Seed users, groups, count or items.")
    site.items |= frozenset(body.get("items", []))
    users = [*body.get("users", []), *({"code": f"user{n}@example.com"} for n in range(count(body)))]
    for given in users:
        values = _checked({"name": given.get("code")} | given, site)
        if site.by_code(values.get("code")):
            raise ValueError("The login is taken.")
        site.add(values, "seeded-password")
    for given in body.get("groups", []):
        site.add_group(str(given["code"]), str(given.get("name", given["code"])))
    return {"users": len(users)}


def _user(site: Site, body: Record) -> User:
    user = site.users.get(str(body.get("id"))) or site.by_code(body.get("code"))
    if user is None:
        raise ValueError("There is no such user.")
    return user


def _edit(site: Site, body: Record) -> Any:
    user = _user(site, body)
    user.fields |= _checked(body.get("set") or {}, site)
    user.services = list(body.get("services", user.services))
    return {}


def _remove(site: Site, body: Record) -> Any:
    del site.users[_user(site, body).id]
    return {}


def _checked(values: Record, site: Site) -> Record:
    try:
        return checked(values, "", site.items)
    except Refused as refused:
        raise ValueError(str(refused)) from None


CONTROL = Control({("POST", "seed"): _seed, ("POST", "edit"): _edit, ("POST", "remove"): _remove}, OPERATIONS)
