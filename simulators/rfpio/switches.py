"""What the vendor's pages do not tell. The package's docstring explains each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulators import http


@dataclass
class Switches(http.Switches):
    """The defaults are what its guides let one expect."""

    scim_enabled: bool = True
    patch_supported: bool = True
    patch_status: int = 200
    delete_supported: bool = True
    duplicate_status: int = 409
    status_as_number: bool = False
    not_found_body: str = "scim"
    echo_external_id: bool = True
    create_answer: str = "full"
    max_count: int = 100
    discovery: str = "full"
    default_role: str = "TEAM_MEMBER"
    default_business_unit: str = "HQ"

    choices: ClassVar = {
        "patch_status": (200, 204),
        "duplicate_status": (409, 400, 500),
        "not_found_body": ("scim", "json"),
        "create_answer": ("full", "empty"),
        "discovery": ("full", "missing"),
    }

    def check(self, name: str, value: object) -> None:
        """As everywhere; a page holds somebody, and defaults are texts."""
        if name.startswith("default_"):
            if not isinstance(value, str):
                raise ValueError(f"{name} is a text.")
            return
        super().check(name, value)
        if name == "max_count" and not value:
            raise ValueError("max_count is 1 or more.")
