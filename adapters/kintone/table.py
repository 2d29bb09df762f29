"""The mapping tables: which SCIM path stands in which native field."""

from __future__ import annotations

from collections.abc import Mapping

from scim_adapter import Field, Native

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "custom:"
"""What stands before the code of a custom item in a native field's name."""


def _enabled(record: Native) -> bool:
    return True


def _display_name(record: Native) -> str:
    """A name for who has none: Kintone wants one."""
    names = [str(record[part]) for part in ("givenName", "surName") if record.get(part)]
    return " ".join(names) or str(record["code"])


TABLE: Mapping[str, Field | str] = {
    "userName": Field("code", required=True, unique="gateway"),
    "active": Field("valid", default=_enabled),
    "displayName": Field("name", required=True, default=_display_name),
    'emails[type eq "work"].value': "email",
    "name.givenName": "givenName",
    "name.familyName": "surName",
    'phoneNumbers[type eq "work"].value': "phone",
    'phoneNumbers[type eq "mobile"].value': "mobilePhone",
    f"{ENTERPRISE}:employeeNumber": "employeeNumber",
    "meta.created": Field("ctime", mutable="never"),
    "meta.lastModified": Field("mtime", mutable="never"),
}
GROUPS: Mapping[str, Field | str] = {
    "displayName": Field("name", required=True),
    "members": Field("members", many=True, ref="User", listed=False),
}
