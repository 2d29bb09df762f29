"""The user API's calls about users (sections 5.1 to 5.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from simulators.kintone.errors import Refused
from simulators.kintone.records import PASSWORD_LENGTH, SERVICES, Record, User, checked
from simulators.kintone.site import ADMINISTRATOR, Site

Params = dict[str, str]
T = TypeVar("T")
MOST = 100


def find(site: Site, params: Params, body: Record) -> Record:
    """Users by ids, by codes, or a part of all."""
    ids, codes = listed(params, "ids"), listed(params, "codes")
    if ids and codes:
        raise Refused("CB_IL02")
    users = site.listed()
    if ids:
        users = [user for user in users if user.id in ids]
    elif codes:
        users = [user for user in users if any(site.same(user.code, code) for code in codes)]
    return {"users": [user.shown(site.switches.unset_style) for user in part(site, params, users)]}


def create(site: Site, params: Params, body: Record) -> None:
    """New users."""
    for prefix, given in _each(site, body, "users"):
        values = checked({"code": None, "name": None} | given, prefix, site.items)
        password = given.get("password")
        if not isinstance(password, str) or not 0 < len(password) <= PASSWORD_LENGTH or _weak(site, password):
            raise Refused("CB_VA01", prefix + "password")
        if site.by_code(values["code"]):
            raise Refused("CB_VA01", prefix + "code", "taken")
        _check_email(site, values, prefix)
        site.add(values, password)


def update(site: Site, params: Params, body: Record) -> None:
    """Changed users: what is absent stays, but for `valid`."""
    for prefix, given in _each(site, body, "users"):
        user = known(site, given.get("code"), prefix + "code")
        values = checked({k: v for k, v in given.items() if k != "code"}, prefix, site.items)
        _check_email(site, values, prefix, user)
        if "valid" not in values and site.switches.valid_omitted_means_true:
            values["valid"] = True
        if user.code == ADMINISTRATOR and values.get("valid") is False:
            raise Refused("CB_VA01", prefix + "valid")
        if "customItemValues" in values and not site.switches.custom_items_replace:
            held = {one["code"]: one for one in user.fields["customItemValues"]}
            values["customItemValues"] = list((held | {i["code"]: i for i in values["customItemValues"]}).values())
        user.fields |= values
        user.mtime = site.now()


def delete(site: Site, params: Params, body: Record) -> None:
    """Users removed for good."""
    key = "codes" if site.switches.delete_unknown_key == "codes" else site.switches.error_key_style
    users = [known(site, code, key) for code in _entries(body, "codes")]
    if any(user.code == ADMINISTRATOR for user in users):
        raise Refused("CB_VA01", key)
    for user in users:
        site.users.pop(user.id, None)


def rename(site: Site, params: Params, body: Record) -> None:
    """Other logins."""
    for one in _entries(body, "codes"):
        user = known(site, one.get("currentCode"), "codes[0].currentCode")
        values = checked({"code": one.get("newCode")}, "codes[0].", site.items)
        holder = site.by_code(values["code"])
        if holder not in (None, user):
            raise Refused("CB_VA01", site.switches.rename_collision_key, "taken")
        user.fields["code"] = values["code"]
        user.mtime = site.now()


def services(site: Site, params: Params, body: Record) -> Record:
    """The services of users."""
    codes = listed(params, "codes")
    users = [user for user in site.listed() if not codes or any(site.same(user.code, code) for code in codes)]
    return {"users": [{"code": u.code, "services": list(u.services)} for u in part(site, params, users)]}


def set_services(site: Site, params: Params, body: Record) -> None:
    """Whole lists of services."""
    for prefix, given in _each(site, body, "users"):
        user = known(site, given.get("code"), prefix + "code")
        wanted = given.get("services")
        if not isinstance(wanted, list) or not set(wanted) <= set(SERVICES):
            raise Refused("CB_VA01", prefix + "services")
        user.services = [one for one in SERVICES if one in wanted]


# -- what the calls share ----------------------------------------------------------------------------------------------


def listed(params: Params, name: str) -> list[str]:
    """The values of `name[0]`, `name[1]`, …, or of the single form `name`; at most 100."""
    found = [value for key, value in params.items() if re.fullmatch(rf"{name}(\[\d+\])?", key)]
    if len(found) > MOST:
        raise Refused("CB_VA01", name)
    return found


def part(site: Site, params: Params, rows: Iterable[T]) -> list[T]:
    """The rows from `offset`, `size` of them."""
    offset, size = _number(params, "offset", 0, 0, 10**9), _number(params, "size", MOST, 1, MOST)
    if not any(key.startswith(("ids", "codes")) for key in params):
        size = min(size, site.switches.page_cap or size)
    return list(rows)[offset : offset + size]


def _number(params: Params, name: str, default: int, least: int, most: int) -> int:
    value = params.get(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise Refused("CB_VA01", name)
    return int(value)


def known(site: Site, code: Any, key: str) -> User:
    """The user with a login, else the refusal."""
    user = site.by_code(code)
    if user is None:
        raise Refused("CB_VA01", key, "unknown")
    return user


def _entries(body: Record, name: str) -> list[Any]:
    entries = body.get(name)
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise Refused("CB_VA01", name)
    return entries


def _each(site: Site, body: Record, name: str) -> Iterable[tuple[str, Record]]:
    """The entries of a write, each with how its fields are named in a refusal."""
    numbered = "[0]" in site.switches.error_key_style
    for number, one in enumerate(_entries(body, name)):
        if not isinstance(one, dict):
            raise Refused("CB_VA01", name)
        yield f"{name}[{number}]." if numbered else f"{name}.", one


def _check_email(site: Site, values: Record, prefix: str, own: User | None = None) -> None:
    email = values.get("email")
    if not (email and site.switches.email_unique):
        return
    if any(user.fields["email"] == email for user in site.users.values() if user is not own):
        raise Refused("CB_VA01", prefix + "email", "taken")


def _weak(site: Site, password: str) -> bool:
    """Whether the site's policy refuses a password; `long` wants 16 characters of four kinds, `complex` 10."""
    least = {"none": 0, "complex": 10, "long": 16}[site.switches.password_policy]
    kinds: tuple[Callable[[str], bool], ...] = (str.isupper, str.islower, str.isdigit, lambda c: not c.isalnum())
    return least > 0 and not (len(password) >= least and all(any(map(kind, password)) for kind in kinds))
