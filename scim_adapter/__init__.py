"""The contract between the Scimgate SCIM 2.0 gateway and the adapters for its backends.

An adapter author imports from here, and from `scim_adapter.http` for backends that speak HTTP, nothing else of the
gateway. Read `Resource` first.
"""

from scim_adapter.contract import (
    API_VERSION,
    Ask,
    Can,
    Change,
    Condition,
    Delta,
    Field,
    Get,
    Gone,
    Native,
    New,
    Operator,
    Page,
    Query,
)
from scim_adapter.errors import (
    AdapterError,
    Denied,
    Exists,
    Invalid,
    NotFound,
    OutOfQuota,
    Stale,
    Unavailable,
    Unsupported,
)
from scim_adapter.resource import Adapter, Resource

__all__ = [
    "API_VERSION",
    "Adapter",
    "AdapterError",
    "Ask",
    "Can",
    "Change",
    "Condition",
    "Delta",
    "Denied",
    "Exists",
    "Field",
    "Get",
    "Gone",
    "Invalid",
    "Native",
    "New",
    "NotFound",
    "Operator",
    "OutOfQuota",
    "Page",
    "Query",
    "Resource",
    "Stale",
    "Unavailable",
    "Unsupported",
]
