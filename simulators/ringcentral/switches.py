"""What the vendor's pages do not tell, and what an account may have. The package's docstring explains each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulators import http


@dataclass
class Switches(http.Switches):
    """The defaults are what its pages let one expect."""

    light: int = 50
    heavy: int = 10
    auth: int = 5
    minute_seconds: float = 60
    rate_headers: bool = True
    retry_after: bool = True
    short_list_items: bool = True
    licences: int = 0
    country_shown: str = "name"
    login_case: str = "kept"
    filter_case: str = "any"
    patch: str = "full"
    region_demanded: bool = True
    server_phones: str = "shown"
    server_phones_sent: str = "ignored"
    unknown_attributes: str = "ignored"
    external_id: str = "kept"
    not_found_body: str = "scim"
    conflict_body: str = "scim"
    delete_effect: str = "removed"
    discovery: str = "full"
    scim_enabled: bool = True
    max_count: int = 100
    token_life: int = 7199

    choices: ClassVar = {
        "country_shown": ("name", "code"),
        "login_case": ("kept", "lower"),
        "filter_case": ("any", "exact"),
        "patch": ("full", "simple"),
        "server_phones": ("shown", "none"),
        "server_phones_sent": ("ignored", "refused"),
        "unknown_attributes": ("ignored", "refused"),
        "external_id": ("kept", "dropped"),
        "not_found_body": ("scim", "platform"),
        "conflict_body": ("scim", "platform"),
        "delete_effect": ("removed", "disabled"),
        "discovery": ("full", "missing"),
    }

    def check(self, name: str, value: object) -> None:
        """As everywhere; a page holds somebody, and a minute is some time."""
        super().check(name, value)
        if name in ("max_count", "minute_seconds") and not value:
            raise ValueError(f"{name} is more than 0.")
