"""What RFC 7643 says of attributes, as far as a mapping needs it: sections 4.1 to 4.3."""

from __future__ import annotations

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = {"User": "urn:ietf:params:scim:schemas:core:2.0:User", "Group": "urn:ietf:params:scim:schemas:core:2.0:Group"}
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_PLURAL = ("value", "display", "type", "primary")
PARTS = {
    "name": ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"),
    "meta": ("created", "lastModified", "version"),
    "addresses": ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"),
    "manager": ("value",),
    "members": ("value", "type", "display"),
    **dict.fromkeys(("emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"), _PLURAL),
}
"""Attributes with parts, and the names of those."""
MULTI_VALUED = frozenset(PARTS) - {"name", "meta", "manager"}
COMPLEX = frozenset({"manager"})
"""Attributes whose value stands alone in an object."""
SINGLE = frozenset(("userName", "externalId", "displayName", "nickName", "profileUrl", "title", "userType",
                    "preferredLanguage", "locale", "timezone", "active", "password"))  # fmt: skip
EXTENDED = frozenset(("employeeNumber", "costCenter", "organization", "division", "department", "manager"))


STANDARD = "urn:ietf:params:scim:schemas:"


def own(urn: str | None) -> bool:
    """Whether no standard has this URN. Entra's custom attributes have one that only looks so: `…:extension:acme:…`."""
    if urn is None or not urn.startswith(STANDARD):
        return urn is not None
    return urn.startswith(f"{STANDARD}extension:") and not urn.startswith(ENTERPRISE.removesuffix("2.0:User"))


def known(type: str, urn: str | None, attribute: str, sub: str | None) -> bool:
    """Whether SCIM has such an attribute, and such a part of it, in a resource of this type. Under a URN of somebody's
    own there may be any simple one."""
    if own(urn):
        return sub is None
    if urn is not None:
        names = EXTENDED if (type, urn) == ("User", ENTERPRISE) else frozenset[str]()
    elif type == "User":
        names = SINGLE | frozenset(PARTS) - {"members", "manager"}
    else:
        names = frozenset(("displayName", "externalId", "members", "meta"))
    return attribute in names and (sub is None or sub in PARTS.get(attribute, ()))
