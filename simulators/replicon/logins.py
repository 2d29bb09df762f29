"""Operations that change one user in one respect (sections 2.3, 4.3, 4.6 and 4.7 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import NO_LICENCE, Refused, missing, untargeted
from simulators.replicon.reading import supervisors
from simulators.replicon.targets import NOBODY, by_uri, found, reference
from simulators.replicon.users import User
from simulators.replicon.values import period

Body = Mapping[str, Any]
ADMINISTRATOR = "Administrator"
ONLY_ENABLED = "urn:replicon:user-status-option:include-only-enabled-users"


def enable_login(company: Company, caller: User, body: Body) -> Any:
    """Let a user sign in, if there is a licence."""
    user = by_uri(company, body)
    if not company.licensed(user):
        raise Refused(NO_LICENCE, "LicenseLimitError1")
    company.change(user, loginEnabled=True)


def disable_login(company: Company, caller: User, body: Body) -> Any:
    """Take a user's sign-in and licence away."""
    company.change(by_uri(company, body), loginEnabled=False)


def update_employment_date_range(company: Company, caller: User, body: Body) -> Any:
    """Set the first and last day of employment."""
    user = by_uri(company, body)
    if body.get("dateRange") is None:
        raise missing("dateRange")
    company.change(user, **period("dateRange", body["dateRange"]))


def create_access_token(company: Company, caller: User, body: Body) -> Any:
    """A token for Bearer, made by administrators only; the same unit of work gets the same token again."""
    if ADMINISTRATOR not in caller.permissionSets:
        raise Refused("You do not have the permission to create access tokens.", "PermissionDeniedError1")
    unit = body.get("unitOfWorkId")
    if not isinstance(unit, str) or not unit:
        raise missing("Unit Of Work Id")
    return {"token": company.token(unit, found(company, body.get("identity")).uri)}


def update_supervisor(company: Company, caller: User, body: Body) -> Any:
    """Set a user's supervisor; no supervisorUri takes it away."""
    user = by_uri(company, body)
    chosen = by_uri(company, body, "supervisorUri").uri if body.get("supervisorUri") is not None else None
    company.change(user, supervisor=chosen)


def supervisor_details(company: Company, caller: User, body: Body) -> Any:
    """A user's supervisor, or null."""
    schedule = supervisors(company, by_uri(company, body))
    return schedule[-1] if schedule else None


def direct_reports(company: Company, caller: User, body: Body) -> Any:
    """Who has this user as supervisor."""
    uri, enabled = by_uri(company, body).uri, body.get("userStatusOptionUri") == ONLY_ENABLED
    reports = [user for user in company.users.values() if user.supervisor == uri]
    return [reference(company, user) for user in reports if user.loginEnabled or not enabled]


def create_user_delete_batch(company: Company, caller: User, body: Body) -> Any:
    """Gather users to be deleted; nothing is deleted yet."""
    uris = body.get("userUris")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise missing("userUris")
    unknown = [uri for uri in uris if uri not in company.users]
    if unknown and company.switches.unknown_in_delete_batch == "refused":
        raise untargeted(NOBODY, {"uri": unknown[0]})
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
            company.remove(uri)
