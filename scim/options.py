"""What an operator decides for one connection, as far as the engine is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """All times are in seconds."""

    on_delete: Literal["disable", "delete"] = "disable"
    """What a SCIM DELETE does to the account; either way its id is 404 afterwards."""
    on_conflict: Literal["reject", "adopt"] = "reject"
    """What a create does when the account exists already: 409, or update it and link it."""
    match: tuple[str, ...] = ()
    """Attributes by which a create recognises an existing account when nobody has its name."""
    unmapped: Literal["ignore", "keep", "reject"] = "ignore"
    """What happens to attributes that the connection does not map: left out and named, kept in the map, or 400."""
    keep: tuple[str, ...] = ("externalId",)
    """Unmapped attributes that are kept in the map whatever `unmapped` says."""
    patch_answer: Literal["resource", "empty"] = "resource"
    """What a PATCH answers: 200 with the resource, or 204 unless the request names attributes."""
    read_deadline: float = 25.0
    write_deadline: float = 50.0
    page_size: int = 100
    """Resources in a list page when the client names no count."""
    max_page_size: int = 1000
    scan_limit: int = 10_000
    """Records that a filter may walk through when the backend cannot search for it."""
    bulk_max_operations: int = 1000
    bulk_max_payload_size: int = 1_048_576
    """Bytes of a Bulk; no host takes a larger body."""
    calls_at_once: int = 32
    """Calls of the backend that may be under way at once; the others wait."""
    failures_in_row: int = 10
    """Calls without a usable answer after which the backend is left alone for a while."""
    denials_in_row: int = 3
    """Calls that refuse the gateway's credentials after which it is: many backends lock an account after five."""
