"""The switches: one for each thing that no public page tells for certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from simulators.kintone.errors import LOCALES


@dataclass
class Switches:
    """The defaults are the safest reading of the pages. The package's docstring explains each."""

    valid_omitted_means_true: bool = True
    auth_failure_status: int = 401
    bad_request_status: int = 400
    locale: str = "en"
    error_key_style: str = "users.code"
    rename_collision_key: str = "codes[0].newCode"
    delete_unknown_key: str = "users.code"
    code_case_sensitive: bool = True
    email_unique: bool = False
    group_names_unique: bool = False
    strict_get_content_type: bool = False
    administrator_listed: bool = True
    administrators_listed: bool = True
    page_cap: int = 0
    unset_style: str = "as_documented"
    custom_items_replace: bool = False
    write_reply: str = "empty_object"
    password_policy: str = "none"
    everyone_in_user_groups: bool = True
    everyone_in_put: str = "ignored"
    group_users_disabled: str = "listed"
    token_scope: str = "dangerous"
    two_factor: bool = False
    ip_refused: bool = False
    rate_limit: int = 0
    rate_limit_retry_after: int = 0
    latency_ms: float = 0
    timeout_after_write: int = 0
    timeout_after_write_seconds: float = 0

    def set(self, values: Mapping[str, Any]) -> None:
        """Change some; ValueError names what is allowed, and then nothing is changed."""
        for name, value in values.items():
            _check(name, value)
        for name, value in values.items():
            setattr(self, name, value)

    def document(self) -> dict[str, Any]:
        """All of them as JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


CHOICES: dict[str, tuple[Any, ...]] = {
    "auth_failure_status": (401, 520),
    "bad_request_status": (400, 520),
    "locale": LOCALES,
    "error_key_style": ("users.code", "users[0].code"),
    "rename_collision_key": ("codes[0].newCode", "codes.newCode", "users.code"),
    "delete_unknown_key": ("users.code", "codes"),
    "unset_style": ("as_documented", "null", "empty"),
    "write_reply": ("empty_object", "nothing", "echo"),
    "password_policy": ("none", "complex", "long"),
    "everyone_in_put": ("ignored", "refused"),
    "group_users_disabled": ("listed", "hidden"),
    "token_scope": ("read", "write", "dangerous"),
}
LONGEST = 600
"""Seconds for which an answer may be held."""


def _check(name: str, value: Any) -> None:
    types = {f.name: str(f.type) for f in fields(Switches)}
    if name not in types:
        raise ValueError(f"There is no switch {name}; there are {', '.join(types)}.")
    if name in CHOICES:
        if value not in CHOICES[name] or isinstance(value, bool):
            raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}.")
    elif types[name] == "bool":
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false.")
    elif isinstance(value, bool) or not isinstance(value, int | float if types[name] == "float" else int):
        raise ValueError(f"{name} is a number.")
    elif not 0 <= value <= LONGEST * (1000 if name == "latency_ms" else 1):
        raise ValueError(f"{name} is from 0, of at most {LONGEST} seconds or calls.")
