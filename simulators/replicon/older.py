"""Older operations that are still found in the field (section 4.8 of the page).

`PutUser` and its successors put a whole user: what is left out is reset. `ApplyUserModifications2` changes what it
names. Their members have other names than those of CreateUserOrApplyModifications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused, Rejected, missing, untargeted
from simulators.replicon.modifying import REQUIRED, SAVE, check_rules
from simulators.replicon.targets import IDENTIFIERS, NOBODY, find, found, reference
from simulators.replicon.users import User
from simulators.replicon.values import INVALID, flag, invalid, mapping, mappings, period, text

Body = Mapping[str, Any]
Fields = dict[str, Any]
BLANK = {one.name: getattr(User("", ""), one.name) for one in fields(User) if one.name not in ("uri", "loginName")}
"""What is left out of a whole user."""


def put_user(company: Company, caller: User, body: Body) -> Any:
    """Create the user that the target does not find, or put another one in the place of the one that it finds."""
    given = mapping("user", body.get("user"))
    target = mapping("user.target", given.get("target"))
    named = {name: target.get(name) for name in IDENTIFIERS}
    user = find(company, named)
    if user is None and named["uri"]:
        raise untargeted(NOBODY, target)
    try:
        values = _whole(company, given, named["loginName"])
        absent = [name for name in REQUIRED if not values[name]]
        if absent:
            raise missing(absent[0])
        check_rules(company, values, user)
    except Rejected as rejected:
        raise Refused(rejected.text, INVALID) from None
    return {"uri": (company.change(user, **values) if user else company.add(values)).uri}


def _whole(company: Company, given: Body, login: Any) -> Fields:
    security = mapping("securityConfiguration", given.get("securityConfiguration") or {})
    values: Fields = {
        **BLANK,
        "loginName": text("loginName", security.get("loginName") or login) or "",
        "firstName": text("firstname", given.get("firstname")) or "",
        "lastName": text("lastname", given.get("lastname")) or "",
        "emailAddress": text("emailAddress", given.get("emailAddress")),
        "employeeId": text("employeeId", given.get("employeeId")),
        "ssoName": text("SSOName", security.get("SSOName")),
        "password": text("password", security.get("password")),
        "permissionSets": _references(company, "permissionSets", given.get("permissionSets")),
        "timeZone": _zone(given.get("timeZone")),
        "supervisor": _supervisor(company, given.get("supervisorAssignmentSchedule")),
        "department": _department(company, given),
        "customFields": _custom(company, given.get("customFieldValues")),
        **period("employmentDateRange", given.get("employmentDateRange")),
    }
    return values | _security(security)


def _security(given: Body) -> Fields:
    """What both forms say alike about signing in."""
    values: Fields = {}
    for member in ("isLoginEnabled", "loginEnabled"):
        if given.get(member) is not None:
            values["loginEnabled"] = flag(member, given[member])
    if given.get("enabledAuthenticationTypeUris") is not None:
        uris = _uris("enabledAuthenticationTypeUris", given)
        values["authenticationProviders"] = tuple(uri.rsplit(":", 1)[-1] for uri in uris)
    return values


def _uris(name: str, given: Body) -> list[str]:
    uris = given.get(name) or []
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise invalid(name, "A list of uris")
    return uris


def _references(company: Company, field: str, given: Any) -> tuple[str, ...]:
    names = [_known(company, field, one) for one in mappings(field, given or [])]
    return tuple(dict.fromkeys(names))


def _known(company: Company, field: str, item: Any) -> str:
    name = company.groups.named(field, mapping(field, item))
    if name is None:
        raise Rejected(f"There is no such thing in {field}")
    return name


def _zone(given: Any) -> str | None:
    return text("timeZone", mapping("timeZone", given).get("IANAName")) if given else None


def _supervisor(company: Company, given: Any) -> str | None:
    schedule = mapping("supervisorAssignmentSchedule", given) if given else {}
    entries = [
        entry.get("supervisor") for entry in mappings("entries", schedule.get("supervisorScheduleEntries") or [])
    ]
    target = [schedule.get("initialSupervisor"), *entries][-1]
    if not target:
        return None
    chosen = find(company, target)
    if chosen is None:
        raise Rejected("The supervisor does not exist")
    return chosen.uri


def _department(company: Company, given: Body) -> str | None:
    entries = [
        entry.get("departmentGroup") for entry in mappings("entries", given.get("departmentGroupSchedule") or [])
    ]
    chosen = [given.get("department"), *entries][-1]
    return _known(company, "department", chosen) if chosen else None


def _custom(company: Company, given: Any) -> dict[str, str]:
    values = list(mappings("customFieldValues", given or []))
    texts = {_known(company, "customFields", one.get("customField")): text("text", one.get("text")) for one in values}
    return {name: value for name, value in texts.items() if value}


def apply_modifications(company: Company, caller: User, body: Body) -> Any:
    """Change what is named of the user who is named; null leaves alone."""
    if body.get("userModificationOptionUri") != SAVE:
        raise missing("userModificationOptionUri")
    user = found(company, body.get("user"))
    try:
        values = _changes(company, user, mapping("modifications", body.get("modifications")))
        check_rules(company, values, user)
    except Rejected as rejected:
        return {"user": None, "errors": [{"notifications": [{"displayText": rejected.text}]}]}
    return {"user": reference(company, company.change(user, **values)), "errors": []}


def _changes(company: Company, user: User, given: Body) -> Fields:
    details, security, sets, zone = (
        mapping(name, given.get(name) or {})
        for name in ("userDetailsToApply", "securitySettingsToApply", "permissionSetsToApply", "timezoneToApply")
    )
    values: Fields = {
        name: text(name, details[name]) for name in ("firstName", "lastName", "employeeId") if details.get(name)
    }
    if details.get("emailAddress") is not None:
        values["emailAddress"] = text(
            "emailAddress", mapping("emailAddress", details["emailAddress"]).get("emailAddress")
        )
    values |= {name: text(name, security[name]) for name in ("loginName", "ssoName", "password") if security.get(name)}
    if security.get("forcePasswordChange") is not None:
        values["forcePasswordChange"] = flag("forcePasswordChange", security["forcePasswordChange"])
    if uris := _uris("permissionSetUrisToAssign", sets):
        more = _references(company, "permissionSets", [{"uri": uri} for uri in uris])
        values["permissionSets"] = tuple(dict.fromkeys((*user.permissionSets, *more)))
    return values | _security(security) | ({"timeZone": _zone(zone)} if zone else {})
