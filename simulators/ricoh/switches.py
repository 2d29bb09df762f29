"""What the vendor's pages do not tell. The package's docstring explains each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from simulators import http


@dataclass
class Switches(http.Switches):
    """The defaults are what its help pages let one expect."""

    user_name_filter: str = "honoured"
    unknown_attributes: str = "ignore"
    extra_attributes: list[str] = field(default_factory=lambda: ["department", "addresses"])
    deactivate_behaviour: str = "disable"
    groups: str = "off"
    patch_supported: bool = True
    patch_status: int = 200
    delete_supported: bool = True
    duplicate_status: int = 409
    not_found_body: str = "scim"
    create_answer: str = "full"
    max_count: int = 100
    discovery: str = "full"

    choices: ClassVar = {
        "user_name_filter": ("honoured", "refused", "ignored"),
        "unknown_attributes": ("ignore", "reject"),
        "deactivate_behaviour": ("disable", "delete"),
        "groups": ("off", "on"),
        "patch_status": (200, 204),
        "duplicate_status": (409, 400, 500),
        "not_found_body": ("scim", "json"),
        "create_answer": ("full", "empty"),
        "discovery": ("full", "missing"),
    }

    def check(self, name: str, value: object) -> None:
        """As everywhere; a page holds somebody."""
        super().check(name, value)
        if name == "max_count" and not value:
            raise ValueError("max_count is 1 or more.")
