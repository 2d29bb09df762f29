"""The user API's calls about groups and who is in them (section 5.6)."""

from __future__ import annotations

from typing import Any

from simulators.kintone.errors import Refused
from simulators.kintone.records import Group, Record, text
from simulators.kintone.site import EVERYONE, Site
from simulators.kintone.users import Params, known, listed, part

LIMIT = 128


def find(site: Site, params: Params, body: Record) -> Record:
    """Groups by ids, by codes, or a part of all."""
    ids, codes = listed(params, "ids"), listed(params, "codes")
    if ids and codes:
        raise Refused("CB_IL02")
    groups = site.listed_groups()
    if ids or codes:
        groups = [group for group in groups if group.id in ids or group.code in codes]
    return {"groups": [group.shown() for group in part(site, params, groups)]}


def create(site: Site, params: Params, body: Record) -> None:
    """New groups."""
    for given in _entries(body, "groups"):
        code = text(given.get("code"), "groups.code", LIMIT, blank=False)
        name = text(given.get("name"), "groups.name", LIMIT, blank=False)
        if site.group(code):
            raise Refused("CB_VA01", "groups.code", "taken")
        _check_name(site, name)
        site.add_group(code, name, text(given.get("description") or "", "groups.description", 1000))


def update(site: Site, params: Params, body: Record) -> None:
    """Changed groups; what is absent stays."""
    for given in _entries(body, "groups"):
        group = _known(site, given.get("code"), "groups.code")
        if "name" in given:
            name = text(given["name"], "groups.name", LIMIT, blank=False)
            _check_name(site, name, group)
            group.name = name
        if "description" in given:
            group.description = text(given["description"], "groups.description", 1000)


def delete(site: Site, params: Params, body: Record) -> None:
    """Groups removed for good."""
    for group in [_known(site, code, "groups.code") for code in _entries(body, "codes")]:
        if group.id == EVERYONE:
            raise Refused("CB_VA01", "groups.code")
        site.drop_group(group)


def members(site: Site, params: Params, body: Record) -> Record:
    """Who is in a group."""
    group = _known(site, params.get("code"), "code")
    hidden = site.switches.group_users_disabled == "hidden"
    users = [user for user in site.members(group) if user.valid or not hidden]
    return {"users": [user.shown(site.switches.unset_style) for user in part(site, params, users)]}


def of_user(site: Site, params: Params, body: Record) -> Record:
    """The groups of a user."""
    user = known(site, params.get("code"), "code")
    held = [site.groups[id] for id in user.groups]
    if site.switches.everyone_in_user_groups:
        held.append(site.groups[EVERYONE])
    return {"groups": [group.shown() for group in held]}


def set_of_user(site: Site, params: Params, body: Record) -> None:
    """The whole set of a user's groups."""
    user = known(site, body.get("code"), "code")
    if not isinstance(body.get("groups"), list):
        raise Refused("CB_VA01", "groups")
    groups = [_known(site, code, "groups") for code in body["groups"]]
    if any(group.id == EVERYONE for group in groups) and site.switches.everyone_in_put == "refused":
        raise Refused("CB_VA01", "groups")
    user.groups = [group.id for group in groups if group.id != EVERYONE]


def _entries(body: Record, name: str) -> list[Any]:
    entries = body.get(name)
    if not isinstance(entries, list) or not 0 < len(entries) <= 100:
        raise Refused("CB_VA01", name)
    return entries


def _known(site: Site, code: Any, key: str) -> Group:
    group = site.group(code)
    if group is None:
        raise Refused("CB_VA01", key, "unknown")
    return group


def _check_name(site: Site, name: str, own: Group | None = None) -> None:
    taken = any(group.name == name for group in site.groups.values() if group is not own)
    if taken and site.switches.group_names_unique:
        raise Refused("CB_VA01", "groups.name", "taken")
