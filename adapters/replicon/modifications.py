"""The requests that create and change a user, in the form of CreateUserOrApplyModifications."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from scim_adapter import Ask, Change, Native

from . import dates
from .members import LOGIN_NAME_OPTION, added, fits, members, writable
from .names import DisplayNames, family_name, given_name
from .settings import RepliconSettings


def creation(record: Native, settings: RepliconSettings, ask: Ask) -> dict[str, Any]:
    """The request that creates `record`. Repeated with the same operation it creates nothing more."""
    values = {field: value for field, value in record.items() if writable(field) and value is not None}
    fits(values)
    return _request(None, members(values, {}) | _for_new(record, settings), ask.op or str(uuid.uuid4()))


def _for_new(record: Native, settings: RepliconSettings) -> dict[str, Any]:
    """What every new user gets beside its own values. Products are added here: their own call replaces all."""
    security: dict[str, Any] = {"loginEnabled": {"value": str(record.get("loginEnabled") is not False).lower()}}
    if settings.authentication_provider:
        security["ssoNameModificationOptionUri"] = LOGIN_NAME_OPTION
        security["authenticationProviders"] = added([{"name": settings.authentication_provider}])
    sets: list[dict[str, Any]] = [
        {"permissionSetPolicy": {"uri": None, "name": name}, "groupAccessFilter": None}
        for name in settings.default_permission_sets
    ]
    products: list[dict[str, Any]] = [{"uri": uri} for uri in settings.default_products]
    lists = {"permissionSets": sets, "products": products}
    given = {name: added(items) for name, items in lists.items() if items}
    return {"securitySettings": {"value": security}, **given}


def modification(change: Change, settings: RepliconSettings, names: DisplayNames) -> dict[str, Any] | None:
    """The request that brings a user to its new state, login apart; None when there is nothing to write."""
    values = dict(_differences(change, settings, names))
    if not values:
        return None
    fits(values)
    written = members(values, change.before)
    if "loginName" in values and settings.authentication_provider:
        written["securitySettings"] = {"value": {"ssoNameModificationOptionUri": LOGIN_NAME_OPTION}}
    return _request({"uri": change.key}, written, _unit_of_work(change.ask, change.key, written))


def _differences(change: Change, settings: RepliconSettings, names: DisplayNames) -> Iterator[tuple[str, Any]]:
    before = change.before
    for field in filter(writable, change.set):
        value = change.set[field]
        if value is None:
            value = _instead(field, change.after, settings)
        worth = field != "displayText" or names.worth_writing(change.key, before, value)
        if value != before.get(field) and worth:
            yield field, value
    if settings.end_date_on_disable:
        yield from _end_date(change)


def _instead(field: str, after: Native, settings: RepliconSettings) -> str | None:
    """What a field holds that was cleared: what a new user without a value gets."""
    match field:
        case "firstName":
            return given_name(after)
        case "lastName":
            return family_name(after)
        case "timeZone":
            return settings.default_time_zone or None
        case "department":
            return settings.default_department or None
    return None


def _end_date(change: Change) -> Iterator[tuple[str, str | None]]:
    """The last day of employment of somebody who is disabled or enabled in this change."""
    enabled = change.set.get("loginEnabled")
    if enabled is False and (day := dates.leaving(change.before)):
        yield "endDate", day
    elif enabled is True and dates.has_left(change.before):
        yield "endDate", None


def _unit_of_work(ask: Ask, *content: Any) -> str:
    """An id that is the same for a repeat and another one for any other write of the same operation.

    Replicon answers a known id with its old answer and does nothing: a change must not carry its create's id.
    """
    if not ask.op:
        return str(uuid.uuid4())
    return str(uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([ask.op, *content], sort_keys=True)))


def _request(target: dict[str, str] | None, members: dict[str, Any], unit_of_work: str) -> dict[str, Any]:
    return {
        "target": target,
        "modifications": members,
        "userModificationOptionUri": "urn:replicon:user-modification-option:save",
        "unitOfWorkId": unit_of_work,
    }
