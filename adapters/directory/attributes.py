"""The mapping tables of users and groups: RFC 7643 sections 3.1, 4.1, 4.2 and 4.3, all of them."""

from __future__ import annotations

from collections.abc import Mapping

from scim_adapter import Field, Invalid, Native

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TIMES: Mapping[str, Field | str] = {
    "meta.created": Field("created", mutable="never"),
    "meta.lastModified": Field("modified", mutable="never"),
}
SINGLE: Mapping[str, Field | str] = {
    "userName": Field("login", required=True, unique="backend"),
    "externalId": "external_id",
    "active": "enabled",
    "displayName": "display_name",
    "nickName": "nick_name",
    "profileUrl": "profile_url",
    "title": "title",
    "userType": "user_type",
    "preferredLanguage": "preferred_language",
    "locale": "locale",
    "timezone": "timezone",
    "name.formatted": "formatted_name",
    "name.familyName": "family_name",
    "name.givenName": "given_name",
    "name.middleName": "middle_name",
    "name.honorificPrefix": "honorific_prefix",
    "name.honorificSuffix": "honorific_suffix",
    f"{ENTERPRISE}:employeeNumber": "employee_number",
    f"{ENTERPRISE}:costCenter": "cost_center",
    f"{ENTERPRISE}:organization": "organization",
    f"{ENTERPRISE}:division": "division",
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:manager": Field("manager", ref="User"),
    f"{ENTERPRISE}:manager.displayName": Field("manager_name", mutable="never"),
    "password": Field("password_hash", write_only=True),
}
LISTS: Mapping[str, Field | str] = {  # of dicts with SCIM's sub-attributes, each list one native value
    "emails": Field("emails", many=True),
    "phoneNumbers": Field("phone_numbers", many=True),
    "ims": Field("ims", many=True),
    "photos": Field("photos", many=True),
    "addresses": Field("addresses", many=True),
    "entitlements": Field("entitlements", many=True),
    "roles": Field("roles", many=True),
    "x509Certificates": Field("certificates", many=True),
    "groups": Field("groups", many=True, ref="Group", mutable="never"),
}
USER: Mapping[str, Field | str] = {**SINGLE, **LISTS, **TIMES}
GROUP: Mapping[str, Field | str] = {
    "displayName": Field("name", required=True, unique="backend"),
    "externalId": "external_id",
    "members": Field("members", many=True, ref="User|Group", listed=False),
    **TIMES,
}


KNOWN = frozenset(field if isinstance(field, str) else field.native for field in USER.values())


def demand_known(record: Native) -> None:
    """`Invalid` for a value that would be lost: gateway.toml may name fields that the directory does not have."""
    for name in sorted(record.keys() - KNOWN):
        if record[name] is not None:
            raise Invalid(f"the directory has no field {name}; take the row out of gateway.toml", field=name)
