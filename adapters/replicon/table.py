"""The mapping table: which SCIM path stands in which native field."""

from __future__ import annotations

from collections.abc import Mapping

from scim_adapter import Field, Native

from .names import family_name, given_name, read_family_name

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "custom:"
"""What stands before the name of a custom field in a native field's name."""


def _enabled(record: Native) -> bool:
    return True


TABLE: Mapping[str, Field | str] = {
    "userName": Field("loginName", required=True, unique="backend"),
    "active": Field("loginEnabled", default=_enabled),
    "displayName": "displayText",
    "name.givenName": Field("firstName", required=True, default=given_name),
    "name.familyName": Field("lastName", read=read_family_name, default=family_name),
    'emails[type eq "work"].value': "emailAddress",
    "timezone": "timeZone",
    f"{ENTERPRISE}:employeeNumber": Field("employeeId", unique="backend"),
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:manager": Field("supervisor", ref="User"),
}
REPLACEABLE = f"{ENTERPRISE}:department"
"""The only path of the table that a custom field may take: a company's departments may differ from the client's."""
