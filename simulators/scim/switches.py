"""The switches: one for each way in which a server may go wrong. The package's docstring explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Switches:
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
    rate_limit: int = 0
    rate_limit_retry_after: int = 0
    token_life: int = 3600
    timeout_after_write: int = 0
    latency_ms: int = 0

    def set(self, values: Mapping[str, Any]) -> None:
        """Change some; ValueError names what is allowed, and then nothing is changed."""
        for name, value in values.items():
            _check(name, value)
        for name, value in values.items():
            setattr(self, name, value)

    def document(self) -> dict[str, Any]:
        """All of them as JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


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
_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "int": ("a whole number from 0 to 600000", lambda value: type(value) is int and 0 <= value <= 600_000),
    "list[str]": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    ),
    "dict[str, Any]": ("an object", lambda value: isinstance(value, dict)),
}


def _check(name: str, value: Any) -> None:
    types = {one.name: str(one.type) for one in fields(Switches)}
    if name not in types:
        raise ValueError(f"There is no switch {name}; there are {', '.join(types)}.")
    if name in CHOICES:
        if not any(type(value) is type(one) and value == one for one in CHOICES[name]):
            raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}.")
        return
    words, fits = _KINDS[types[name]]
    if not fits(value):
        raise ValueError(f"{name} is {words}.")
    if name == "page_max" and value < 1:
        raise ValueError("page_max is 1 or more.")
