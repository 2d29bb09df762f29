"""The operations on users: what each takes, does and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon.company import Company, User
from simulators.replicon.faults import Refused, missing
from simulators.replicon.lists import get_data
from simulators.replicon.modifying import create_or_modify
from simulators.replicon.targets import find, reference

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
    found = [find(company, target) for target in targets]
    style = company.switches.not_found_style
    if style == "error400" and None in found:
        raise Refused("Invalid UserTargetParameter. The user does not exist.", "InvalidUserTargetParameterError1")
    details = [_details(company, user) if user else {"userDetails": None} for user in found]
    return details if style == "null_details" else [one for one in details if one["userDetails"]]


def _details(company: Company, user: User) -> dict[str, Any]:
    period = {"startDate": user.startDate, "endDate": user.endDate}
    return {
        "userDetails": {
            "uri": user.uri,
            "displayText": user.shown(company.switches.display_name_style),
            "slug": user.loginName.split("@")[0],
            "firstName": user.firstName,
            "lastName": user.lastName,
            "emailAddress": user.emailAddress,
            "employeeId": user.employeeId,
            "isEnabled": user.loginEnabled,
            "employmentDateRange": {**period, "relativeDateRangeUri": None, "relativeDateRangeAsOfDate": None},
            "customFieldValues": [],
            "extensionFieldValues": [],
        },
        "securityConfiguration": {
            "loginName": user.loginName,
            "isLoginEnabled": user.loginEnabled,
            "ssoName": user.ssoName,
        },
        "permissionSets": [],
        "supervisorAssignmentSchedule": [],
        "timeZone": {"uri": None, "displayText": user.timeZone} if user.timeZone else None,
    }


def _named(company: Company, body: Body) -> User:
    uri = body.get("userUri")
    if not isinstance(uri, str) or not uri:
        raise missing("userUri")
    if uri not in company.users:
        raise Refused("Invalid UserTargetParameter. The user does not exist.", "InvalidUserTargetParameterError1")
    return company.users[uri]


def enable_login(company: Company, caller: User, body: Body) -> Any:
    """Let a user sign in."""
    _named(company, body).loginEnabled = True


def disable_login(company: Company, caller: User, body: Body) -> Any:
    """Take a user's sign-in and licence away."""
    _named(company, body).loginEnabled = False


def update_employment_date_range(company: Company, caller: User, body: Body) -> Any:
    """Set the first and last day of employment."""
    user, period = _named(company, body), body.get("dateRange")
    if not isinstance(period, Mapping):
        raise missing("dateRange")
    user.startDate, user.endDate = period.get("startDate"), period.get("endDate")


def create_access_token(company: Company, caller: User, body: Body) -> Any:
    """A token for Bearer; the same unit of work gets the same token again."""
    unit, identity = body.get("unitOfWorkId"), body.get("identity")
    if not isinstance(unit, str) or not unit:
        raise missing("Unit Of Work Id")
    user = find(company, identity)
    if user is None:
        raise Refused("Invalid identity. The user does not exist.", "InvalidUserTargetParameterError1")
    return {"token": company.token(unit, user.loginName)}


def create_user_delete_batch(company: Company, caller: User, body: Body) -> Any:
    """Gather users to be deleted; nothing is deleted yet."""
    uris = body.get("userUris")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise missing("userUris")
    batch = f"urn:replicon-tenant:{company.slug}:user-delete-batch:{len(company.batches) + 1}"
    company.batches[batch] = list(uris)
    return batch


def execute_user_delete_batch(company: Company, caller: User, body: Body) -> Any:
    """Delete them; who has data stays, and nothing says so."""
    batch = body.get("userDeleteBatchUri")
    if not isinstance(batch, str) or batch not in company.batches:
        raise missing("userDeleteBatchUri")
    for uri in company.batches[batch]:
        if uri not in company.switches.users_with_data:
            company.users.pop(uri, None)


Operation = Callable[[Company, User, Body], Any]
OPERATIONS: dict[str, tuple[Operation, bool]] = {
    "UserAccessControlService1.svc/GetMyActualUserIdentity": (my_actual_identity, False),
    "UserAccessControlService1.svc/GetMyIdentity": (my_identity, False),
    "ImportService1.svc/BulkGetUsers3": (bulk_get_users, False),
    "ImportService2.svc/CreateUserOrApplyModifications": (create_or_modify, True),
    "SecurityService1.svc/EnableLogin": (enable_login, True),
    "SecurityService1.svc/DisableLogin": (disable_login, True),
    "UserService1.svc/UpdateEmploymentDateRange": (update_employment_date_range, True),
    "UserService1.svc/CreateUserDeleteBatch": (create_user_delete_batch, True),
    "UserService1.svc/ExecuteUserDeleteBatch": (execute_user_delete_batch, True),
    "UserListService1.svc/GetData": (get_data, False),
    "AuthenticationService1.svc/CreateAccessToken2": (create_access_token, True),
}
"""The path below `/{company}/services/`: the operation, and whether it writes."""
