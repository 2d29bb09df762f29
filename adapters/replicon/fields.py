"""The mapping table: which SCIM path stands in which native field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scim_adapter import Field, Native

from .names import family_name, given_name, read_family_name

if TYPE_CHECKING:
    from .settings import RepliconSettings

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


def fields(settings: RepliconSettings) -> Mapping[str, Field | str]:
    """The table of a connection, with its custom fields and the defaults for new users."""
    table = dict(TABLE)
    if settings.display_name == "off":
        del table["displayName"]
    if settings.default_time_zone:
        table["timezone"] = Field("timeZone", default=_always(settings.default_time_zone))
    if settings.default_department:
        table[f"{ENTERPRISE}:department"] = Field("department", default=_always(settings.default_department))
    if settings.external_id_custom_field:
        table["externalId"] = CUSTOM + settings.external_id_custom_field
    return table | {path: CUSTOM + name for path, name in settings.custom_fields.items()}


def _always(value: str) -> Callable[[Native], str]:
    return lambda record: value
