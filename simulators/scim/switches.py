"""The switches: one for each way in which a server may go wrong. The package's docstring explains them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators import http

CHOICES: dict[str, tuple[Any, ...]] = {
    "patch": ("full", "simple", "none"),
    "patch_status": (200, 204),
    "discovery": ("full", "missing", "wrong"),
    "paging": ("honoured", "ignored"),
    "totals": ("all", "page"),
    "empty_list": (200, 404),
    "other_filters": ("refused", "ignored"),
    "booleans": ("json", "strings"),
    "conflict_status": (409, 400, 500),
    "not_found_body": ("scim", "json", "html", "empty"),
    "error_status": ("string", "number"),
    "passwords": ("hidden", "shown"),
    "active_on_create": ("honoured", "ignored"),
    "on_disable": ("kept", "deleted"),
    "member_remove": ("filter", "value"),
}


@dataclass
class Switches(http.Switches):
    """The defaults are the standard."""

    patch: str = "full"
    patch_status: int = 200
    put: bool = True
    delete: bool = True
    groups: bool = True
    discovery: str = "full"
    paging: str = "honoured"
    page_max: int = 100
    totals: str = "all"
    empty_list: int = 200
    filters: list[str] = field(default_factory=list)
    other_filters: str = "refused"
    filter_or: bool = True
    case_sensitive: bool = False
    booleans: str = "json"
    numeric_ids: bool = False
    rewrite: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    immutable: list[str] = field(default_factory=list)
    create_only: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    short_lists: list[str] = field(default_factory=list)
    server_values: dict[str, Any] = field(default_factory=dict)
    conflict_status: int = 409
    not_found_body: str = "scim"
    error_status: str = "string"
    passwords: str = "hidden"
    active_default: bool = True
    active_on_create: str = "honoured"
    on_disable: str = "kept"
    etags: bool = False
    member_remove: str = "filter"
    strict_members: bool = False
    licences: int = 0
    token_life: int = 3600

    choices = CHOICES

    def check(self, name: str, value: Any) -> None:
        """As everywhere; a page holds somebody."""
        super().check(name, value)
        if name == "page_max" and value < 1:
            raise ValueError("page_max is 1 or more.")
