"""What is written to a user, in the form of CreateUserOrApplyModifications."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from typing import Any

from scim_adapter import Ask, Change, Invalid, Native

from .records import is_made

MEMBERS = {
    "loginName": "loginName",
    "firstName": "firstName",
    "lastName": "lastName",
    "displayText": "displayName",
    "emailAddress": "emailAddress",
    "employeeId": "employeeId",
}
"""Native fields and the members of `modifications` that write them."""

LIMITS = {"loginName": 255, "firstName": 50, "lastName": 50, "emailAddress": 255}
NO_NAME = "-"
"""The family name of somebody who has none; Replicon wants one."""


def given_name(record: Native) -> str:
    """A first name for who has none: the local part of the login."""
    login = str(record.get("loginName") or NO_NAME)
    return (login.split("@", maxsplit=1)[0] or login)[: LIMITS["firstName"]]


def family_name(record: Native) -> str:
    """A last name for who has none."""
    return NO_NAME


def creation(record: Native, ask: Ask) -> dict[str, Any]:
    """The request that creates `record`. Repeated with the same operation it creates nothing more."""
    values = {field: record[field] for field in MEMBERS if record.get(field) is not None}
    enabled = "false" if record.get("loginEnabled") is False else "true"
    security = {"securitySettings": {"value": {"loginEnabled": {"value": enabled}}}}
    return _request(None, _members(values) | security, ask.op or str(uuid.uuid4()))


def modification(change: Change) -> dict[str, Any] | None:
    """The request that brings a user to its new state, login apart; None when there is nothing to write."""
    values = dict(_differences(change))
    if not values:
        return None
    members = _members(values)
    return _request({"uri": change.key}, members, _unit_of_work(change.ask, change.key, members))


def _differences(change: Change) -> Iterable[tuple[str, Any]]:
    for field in MEMBERS.keys() & change.set.keys():
        value = change.set[field]
        if value is None and field in ("firstName", "lastName"):
            value = (given_name if field == "firstName" else family_name)(change.after)
        if value != change.before.get(field) and not (field == "displayText" and _made_anyway(change.before, value)):
            yield field, value


def _made_anyway(before: Native, wanted: str | None) -> bool:
    """Whether Replicon makes the display text itself and the wanted one says no more than the same names."""
    first, last, shown = before.get("firstName"), before.get("lastName"), before.get("shownAs")
    return is_made(shown, first, last) and (wanted is None or _words(wanted) == _words(f"{first} {last}"))


def _words(text: str) -> list[str]:
    return sorted(re.split(r"[\s,]+", text.strip()))


def _members(values: Native) -> dict[str, Any]:
    for field, value in values.items():
        _check(field, value)
    return {MEMBERS[field]: {"value": value} for field, value in sorted(values.items())}


def _check(field: str, value: Any) -> None:
    """Say early what Replicon would refuse."""
    if isinstance(value, str) and len(value) > LIMITS.get(field, len(value)):
        raise Invalid(f"Replicon takes at most {LIMITS[field]} characters here.", field=field)
    if field == "emailAddress" and isinstance(value, str) and not value.isascii():
        raise Invalid("Replicon takes e-mail addresses in ASCII only.", field=field)


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
