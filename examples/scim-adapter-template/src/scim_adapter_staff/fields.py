"""The mapping table: which SCIM path stands in which field of the Staff API."""

from __future__ import annotations

from collections.abc import Mapping

from scim_adapter import Field, Native

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def _given_name(record: Native) -> str:
    """The Staff API wants a first name; who has none gets the local part of the login."""
    return str(record.get("login") or "-").split("@", maxsplit=1)[0]


FIELDS: Mapping[str, Field | str] = {
    "userName": Field("login", required=True, unique="backend"),
    "active": Field("state", read=lambda state: state == "active", write=lambda on: "active" if on else "blocked"),
    "name.givenName": Field("first_name", required=True, default=_given_name),
    "name.familyName": "last_name",
    "displayName": "shown_as",
    'emails[type eq "work"].value': "mail",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    "title": "job",
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:manager": Field("boss", ref="User"),
}
