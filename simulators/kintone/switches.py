"""The switches: one for each thing that no public page tells for certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators import http
from simulators.kintone.errors import LOCALES

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


@dataclass
class Switches(http.Switches):
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

    choices = CHOICES
