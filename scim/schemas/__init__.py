"""The schemas that the engine knows (RFC 7643)."""

from scim.schemas.custom import extended
from scim.schemas.group import GROUP, GROUPS
from scim.schemas.model import Attribute, ResourceSchema, Schema
from scim.schemas.user import ENTERPRISE, PRIMARY, USER, USERS

SCHEMAS = {"User": USERS, "Group": GROUPS}
"""The resource types that there are."""

__all__ = [
    "ENTERPRISE",
    "GROUP",
    "GROUPS",
    "PRIMARY",
    "SCHEMAS",
    "USER",
    "USERS",
    "Attribute",
    "ResourceSchema",
    "Schema",
    "extended",
]
