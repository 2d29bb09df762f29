"""The operations below `/{company}/services/`: what each does, and whether it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon import assignments, lists, logins, older, reading
from simulators.replicon.company import Company
from simulators.replicon.modifying import create_or_modify
from simulators.replicon.users import User

Operation = Callable[[Company, User, Mapping[str, Any]], Any]


READS: dict[str, Operation] = {
    "UserAccessControlService1.svc/GetMyActualUserIdentity": reading.my_actual_identity,
    "UserAccessControlService1.svc/GetMyIdentity": reading.my_identity,
    "ImportService1.svc/BulkGetUsers3": reading.bulk_get_users,
    "UserListService1.svc/GetData": lists.users,
    "UserService1.svc/GetSupervisorAssignmentDetails": logins.supervisor_details,
    "UserService1.svc/GetDirectReportsForUser": logins.direct_reports,
    "ImportService1.svc/BulkGetUsers2": reading.bulk_get_users,
    "UserService1.svc/GetUser2": reading.get_user,
    "UserService1.svc/GetUserDetails": reading.user_details,
    "UserService1.svc/GetAllUsers": reading.all_users,
    "UserService1.svc/GetEnabledUsers": reading.enabled_users,
    "UserGroupService1.svc/GetEffectiveUserGroupMembership": assignments.group_membership,
    "AccountManagementService1.svc/GetProductAssignmentsForUser": assignments.products,
    "PermissionSetService1.svc/GetAllPermissionSets": assignments.permission_sets,
    "DepartmentGroupListService1.svc/GetData": lists.groups("department"),
    "LocationListService1.svc/GetData": lists.groups("location"),
}
WRITES: dict[str, Operation] = {
    "ImportService2.svc/CreateUserOrApplyModifications": create_or_modify,
    "SecurityService1.svc/EnableLogin": logins.enable_login,
    "SecurityService1.svc/DisableLogin": logins.disable_login,
    "UserService1.svc/UpdateEmploymentDateRange": logins.update_employment_date_range,
    "UserService1.svc/UpdateSupervisorAssignmentScheduleOverDateRange": logins.update_supervisor,
    "PermissionSetService1.svc/AssignPermissionSetToUser": assignments.assign_permission_set,
    "AccountManagementService1.svc/PutProductAssignmentsForUser": assignments.put_products,
    "ImportService1.svc/PutUser": older.put_user,
    "ImportService1.svc/PutUser2": older.put_user,
    "ImportService1.svc/PutUser3": older.put_user,
    "ImportService1.svc/ApplyUserModifications2": older.apply_modifications,
    "UserService1.svc/CreateUserDeleteBatch": logins.create_user_delete_batch,
    "UserService1.svc/ExecuteUserDeleteBatch": logins.execute_user_delete_batch,
    "AuthenticationService1.svc/CreateAccessToken2": logins.create_access_token,
}
OPERATIONS = READS | WRITES
DISCOVERY = (
    "DiscoveryService1.svc/GetTenantEndpointDetails",
    "DiscoveryService1.svc/GetTenantEndpointDetailsForAccessToken",
)


def names() -> list[str]:
    """Every operation, discovery too, with and without its service: what a fault can be injected for."""
    paths = [*DISCOVERY, *OPERATIONS]
    return sorted({path.split("/")[1] for path in paths}) + paths
