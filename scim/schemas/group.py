"""The Group schema (RFC 7643 section 4.2)."""

from __future__ import annotations

from scim.schemas.model import Attribute, ResourceSchema, Schema
from scim.schemas.user import COMMON

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

_MEMBERS = Attribute("members", "The members of the group.", "complex", multi=True, subs=(
    Attribute("value", "The id of the member.", mutability="immutable"),
    Attribute("$ref", "The URL of the member.", "reference", mutability="immutable", references=("User", "Group")),
    Attribute("type", "What the member is.", mutability="immutable", canonical=("User", "Group")),
    Attribute("display", "The name of the member.", mutability="readOnly", returned="request"),
))  # fmt: skip

_CORE = Schema(GROUP, "Group", "Group", (
    Attribute("displayName", "The name of the group.", required=True, uniqueness="server"),
    _MEMBERS,
))  # fmt: skip

GROUPS = ResourceSchema("Group", "/Groups", _CORE, (), COMMON)
"""What a Group of any connection may carry."""
