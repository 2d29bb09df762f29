"""CreateUserOrApplyModifications: a create without a target, a change with one, replayed by its unit of work."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from simulators.replicon.company import Company, User
from simulators.replicon.faults import Refused, missing
from simulators.replicon.targets import find, reference

SAVE = "urn:replicon:user-modification-option:save"
LIMITS = {"firstName": 50, "lastName": 50, "loginName": 255, "emailAddress": 255, "displayName": 255, "employeeId": 50}
REQUIRED = ("lastName", "firstName", "loginName")
INVALID = "InvalidUserModificationsParameterError1"


def create_or_modify(company: Company, caller: User, body: Mapping[str, Any]) -> Any:
    """The reply of a unit of work that was seen before, without any effect; else a create or a change."""
    unit, modifications = body.get("unitOfWorkId"), body.get("modifications")
    if not isinstance(unit, str) or not unit:
        raise missing("Unit Of Work Id")
    if unit in company.replies:
        return copy.deepcopy(company.replies[unit])
    if not isinstance(modifications, Mapping):
        raise missing("modifications")
    if body.get("userModificationOptionUri") != SAVE:
        raise missing("userModificationOptionUri")
    values = dict(_values(modifications))
    reply = _change(company, body["target"], values) if body.get("target") is not None else _create(company, values)
    company.replies[unit] = copy.deepcopy(reply)
    return reply


def _values(modifications: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members that say something: an absent or null one leaves the value alone, a null inside clears it."""
    for name, wrapper in modifications.items():
        if wrapper is None:
            continue
        if name in LIMITS:
            yield name, _text(name, _unwrapped(name, wrapper))
        elif name == "securitySettings":
            yield from _security(_unwrapped(name, wrapper))
        elif name == "timeZone":
            zone = _unwrapped(name, wrapper)
            yield name, zone.get("IANAName") if isinstance(zone, Mapping) else None
        elif name == "employmentDateRange":
            period = _unwrapped(name, wrapper)
            if isinstance(period, Mapping):
                yield "startDate", period.get("startDate")
                yield "endDate", period.get("endDate")


def _security(settings: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(settings, Mapping):
        return
    for name in ("loginEnabled", "ssoName", "password"):
        if settings.get(name) is not None:
            value = _unwrapped(name, settings[name])
            yield name, str(value).lower() == "true" if name == "loginEnabled" else value


def _unwrapped(name: str, wrapper: Any) -> Any:
    if not isinstance(wrapper, Mapping) or "value" not in wrapper:
        raise Refused(f"Invalid modification of {name}. An object with a value is expected.", INVALID)
    return wrapper["value"]


def _text(name: str, value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise Refused(f"Invalid modification of {name}. A string is expected.", INVALID)
    return value


def _create(company: Company, values: dict[str, Any]) -> Any:
    absent = [name for name in REQUIRED if not values.get(name)]
    if absent:
        raise missing(absent[0])
    refusal = _refusal(company, values, None)
    if refusal:
        return _failed(company, refusal)
    kept = {name: value for name, value in values.items() if name in REQUIRED or not _ignored(company, name)}
    return {"user": reference(company, company.add(kept)), "errors": []}


def _change(company: Company, target: Any, values: dict[str, Any]) -> Any:
    user = find(company, target)
    if user is None:
        raise Refused("Invalid UserTargetParameter. The user does not exist.", "InvalidUserTargetParameterError1")
    cleared = [name for name in REQUIRED if name in values and not values[name]]
    refusal = f"{cleared[0]} is required" if cleared else _refusal(company, values, user)
    if refusal:
        return _failed(company, refusal)
    for name, value in values.items():
        if not _ignored(company, name):
            setattr(user, name, value)
    answer = None if company.switches.omit_user_on_modify else reference(company, user)
    return {"user": answer, "errors": []}


def _ignored(company: Company, name: str) -> bool:
    return name in company.switches.silently_ignore


def _refusal(company: Company, values: Mapping[str, Any], user: User | None) -> str | None:
    for name, limit in LIMITS.items():
        if len(values.get(name) or "") > limit:
            return f"{name} must not be longer than {limit} characters"
    if not (values.get("emailAddress") or "").isascii():
        return "emailAddress is not a valid e-mail address"
    login, number = values.get("loginName"), values.get("employeeId")
    if login and company.by_login(login) not in (None, user):
        return "Login Name already exists"
    if number and company.by_employee_id(number) not in (None, user):
        return "Employee ID already exists"
    return None


def _failed(company: Company, text: str) -> Any:
    if company.switches.duplicate_style == "http_400" and "exists" in text:
        raise Refused(text, INVALID)
    return {"user": None, "errors": [{"notifications": [{"displayText": text}]}]}
