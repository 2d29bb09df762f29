"""CreateUserOrApplyModifications: a create without a target, a change with one, replayed by its unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import NO_LICENCE, Refused, Rejected, missing
from simulators.replicon.modifications import Fields, fields_of
from simulators.replicon.targets import found, reference
from simulators.replicon.users import User
from simulators.replicon.values import INVALID

SAVE = "urn:replicon:user-modification-option:save"
LIMITS = {"firstName": 50, "lastName": 50, "loginName": 255, "emailAddress": 255, "displayName": 255, "employeeId": 50}
REQUIRED = ("lastName", "firstName", "loginName")


def create_or_modify(company: Company, caller: User, body: Mapping[str, Any]) -> Any:
    """The result of a unit of work that was seen before, without any effect; else that of a create or a change."""
    unit = body.get("unitOfWorkId")
    if not isinstance(unit, str) or not unit:
        raise missing("Unit Of Work Id")
    if unit not in company.units:
        company.units[unit] = _result(company, body)
    result = company.units[unit]
    return _rejection(company, result) if isinstance(result, Rejected) else result


def _result(company: Company, body: Mapping[str, Any]) -> Any:
    """A parameter that is refused leaves the unit of work free; a rule that is broken is a result."""
    modifications = body.get("modifications")
    if not isinstance(modifications, Mapping):
        raise missing("modifications")
    if body.get("userModificationOptionUri") != SAVE:
        raise missing("userModificationOptionUri")
    try:
        if body.get("target") is None:
            return _create(company, modifications)
        return _modify(company, found(company, body["target"]), modifications)
    except Rejected as rejected:
        return rejected


def _rejection(company: Company, rejected: Rejected) -> Any:
    if rejected.taken and company.switches.duplicate_style == "http_400":
        raise Refused(rejected.text, INVALID)
    return {"user": None, "errors": [{"notifications": [{"displayText": rejected.text}]}]}


def _create(company: Company, modifications: Mapping[str, Any]) -> Any:
    values = fields_of(company, None, modifications)
    absent = [name for name in REQUIRED if not values.get(name)]
    if absent:
        raise missing(absent[0])
    check_rules(company, values, None)
    kept = {name: value for name, value in values.items() if name in REQUIRED or not _ignored(company, name)}
    return {"user": reference(company, company.add(kept)), "errors": []}


def _modify(company: Company, user: User, modifications: Mapping[str, Any]) -> Any:
    values = fields_of(company, user, modifications)
    cleared = [name for name in REQUIRED if name in values and not values[name]]
    if cleared:
        raise Rejected(f"{cleared[0]} is required")
    check_rules(company, values, user)
    user = company.change(user, **{name: value for name, value in values.items() if not _ignored(company, name)})
    shown = {} if company.switches.omit_user_on_modify else {"user": reference(company, user)}
    return {**shown, "errors": []}


def _ignored(company: Company, name: str) -> bool:
    return name in company.switches.silently_ignore


def check_rules(company: Company, values: Fields, user: User | None) -> None:
    """Lengths, ASCII, and what only one user may have; `Rejected` names the first rule that is broken."""
    for name, limit in LIMITS.items():
        if len(values.get(name) or "") > limit:
            raise Rejected(f"{name} must not be longer than {limit} characters")
    if not (values.get("emailAddress") or "").isascii():
        raise Rejected("emailAddress is not a valid e-mail address")
    login, number = values.get("loginName"), values.get("employeeId")
    if login and not _free(company.by_login(login), user):
        raise Rejected("Login Name already exists", taken=True)
    if number and not _free(company.by_employee_id(number), user):
        raise Rejected("Employee ID already exists", taken=True)
    if values.get("loginEnabled", user is None) and not company.licensed(user):
        raise Rejected(NO_LICENCE)


def _free(holder: User | None, user: User | None) -> bool:
    return holder is None or (user is not None and holder.uri == user.uri)
