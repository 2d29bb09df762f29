"""The switches: one for each thing that no public page tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators import http
from simulators.replicon.users import FIELDS

CHOICES = {
    "not_found_style": ("empty_list", "null_details", "error400"),
    "duplicate_style": ("d_errors", "http_400"),
    "root_url_style": ("host_with_company", "host"),
    "auth_failure_body": ("html", "json"),
    "empty_schedule": ("leaves_alone", "clears"),
    "time_zone_style": ("iana", "described"),
    "unknown_in_delete_batch": ("refused", "accepted"),
    "display_name_style": ("family_given", "given_family", "as_sent"),
}


@dataclass
class Switches(http.Switches):
    """The defaults are the safest reading of the pages. The package's docstring explains each."""

    not_found_style: str = "empty_list"
    duplicate_style: str = "d_errors"
    root_url_style: str = "host_with_company"
    omit_user_on_modify: bool = False
    auth_failure_body: str = "html"
    login_case_sensitive: bool = False
    silently_ignore: list[str] = field(default_factory=list)
    display_name_style: str = "family_given"
    empty_schedule: str = "leaves_alone"
    time_zone_style: str = "iana"
    latency_over_30s: int = 0
    cut_after_seconds: float = 30
    licences: int = 0
    unknown_in_delete_batch: str = "refused"
    users_with_data: list[str] = field(default_factory=list)

    choices = CHOICES

    def check(self, name: str, value: Any) -> None:
        """As everywhere; fields to ignore are a user's."""
        super().check(name, value)
        if name == "silently_ignore" and not set(value) <= set(FIELDS):
            raise ValueError(f"{name} is a list of {', '.join(FIELDS)}.")
