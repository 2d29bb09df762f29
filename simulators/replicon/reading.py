"""Reading users one by one: who calls, and BulkGetUsers3 (sections 2.2 and 4.4 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import missing, untargeted
from simulators.replicon.targets import NOBODY, by_uri, find, reference
from simulators.replicon.users import User
from simulators.replicon.values import date_range

Body = Mapping[str, Any]


def my_actual_identity(company: Company, caller: User, body: Body) -> Any:
    """Who calls."""
    return reference(company, caller)


def my_identity(company: Company, caller: User, body: Body) -> Any:
    """The same, nested."""
    return {"actualUser": reference(company, caller), "effectiveUser": reference(company, caller)}


def bulk_get_users(company: Company, caller: User, body: Body) -> Any:
    """Users by any identifier, in the order of the targets; who is not there is told as the switch has it."""
    targets = body.get("users")
    if not isinstance(targets, list) or not targets:
        raise missing("users")
    users = [find(company, target) for target in targets]
    style = company.switches.not_found_style
    if style == "error400" and None in users:
        raise untargeted(NOBODY, targets[users.index(None)])
    if style == "null_details":
        return [_answer(company, user) if user else {"userDetails": None} for user in users]
    return [_answer(company, user) for user in users if user]


def get_user(company: Company, caller: User, body: Body) -> Any:
    """A reference to one user; nobody is a reference without a uri."""
    user = find(company, body.get("user"))
    return reference(company, user) if user else dict.fromkeys(("uri", "displayText", "loginName", "slug"))


def user_details(company: Company, caller: User, body: Body) -> Any:
    """The flat details of one user."""
    return _details(company, by_uri(company, body))


def all_users(company: Company, caller: User, body: Body) -> Any:
    """References to everybody, in one piece."""
    return [reference(company, user) for user in company.users.values()]


def enabled_users(company: Company, caller: User, body: Body) -> Any:
    """References to everybody who may sign in."""
    return [reference(company, user) for user in company.users.values() if user.loginEnabled]


def _answer(company: Company, user: User) -> dict[str, Any]:
    groups = company.groups
    return {
        "userDetails": _details(company, user),
        "securityConfiguration": {
            "loginName": user.loginName,
            "isLoginEnabled": user.loginEnabled,
            "ssoName": user.ssoName,
        },
        "permissionSets": [groups.reference("permissionSets", name) for name in user.permissionSets],
        "supervisorAssignmentSchedule": supervisors(company, user),
        "departmentGroupSchedule": _departments(company, user),
        "timeZone": _time_zone(company, user.timeZone),
    }


def _details(company: Company, user: User) -> dict[str, Any]:
    return {
        "uri": user.uri,
        "displayText": user.shown(company.switches.display_name_style),
        "slug": user.slug,
        "firstName": user.firstName,
        "lastName": user.lastName,
        "emailAddress": user.emailAddress,
        "employeeId": user.employeeId,
        "isEnabled": user.loginEnabled,
        "employmentDateRange": date_range(user.startDate, user.endDate),
        "customFieldValues": [
            {"customField": company.groups.reference("customFields", name), "text": text}
            for name, text in user.customFields.items()
        ],
        "extensionFieldValues": [],
    }


def supervisors(company: Company, user: User) -> list[dict[str, Any]]:
    """The schedule of supervisors, of one entry or none."""
    chosen = company.users.get(user.supervisor or "")
    if chosen is None:
        return []
    told = {**reference(company, chosen), "user": {"loginName": chosen.loginName}}
    return [{"effectiveDate": None, "supervisor": told}]


def _departments(company: Company, user: User) -> list[dict[str, Any]]:
    if user.department is None:
        return []
    return [{"effectiveDate": None, "departmentGroup": company.groups.reference("department", user.department)}]


def _time_zone(company: Company, name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    slug = name.lower().replace("/", "-").replace("_", "-")
    text = name if company.switches.time_zone_style == "iana" else f"(UTC) {name.rpartition('/')[2]} Standard Time"
    return {"uri": f"urn:replicon:time-zone:{slug}", "displayText": text}
