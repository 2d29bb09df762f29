"""The switches: one for each thing that no public page tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from simulators.replicon.users import FIELDS


@dataclass
class Switches:
    """The defaults are the safest reading of the pages. The package's docstring explains each."""

    not_found_style: str = "empty_list"
    duplicate_style: str = "d_errors"
    root_url_style: str = "host_with_company"
    omit_user_on_modify: bool = False
    auth_failure_body: str = "html"
    timeout_after_write: int = 0
    timeout_after_write_seconds: float = 0
    login_case_sensitive: bool = False
    silently_ignore: tuple[str, ...] = ()
    display_name_style: str = "family_given"
    empty_schedule: str = "leaves_alone"
    time_zone_style: str = "iana"
    latency_ms: float = 0
    latency_over_30s: int = 0
    cut_after_seconds: float = 30
    rate_limit: int = 0
    rate_limit_retry_after: int = 0
    licences: int = 0
    unknown_in_delete_batch: str = "refused"
    users_with_data: tuple[str, ...] = ()

    def set(self, values: Mapping[str, Any]) -> None:
        """Change some; ValueError names what is allowed, and then nothing is changed."""
        checked = {name: _checked(name, value) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def document(self) -> dict[str, Any]:
        """All of them as JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


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
LONGEST = 600
"""Seconds for which an answer may be held."""


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number from 0")
    return value


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST * 1000:
        raise ValueError(f"a number from 0, of at most {LONGEST} seconds")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of texts")
    return tuple(value)


_KINDS: dict[str, Callable[[Any], Any]] = {"bool": _flag, "int": _count, "float": _time, "tuple[str, ...]": _texts}


def _checked(name: str, value: Any) -> Any:
    types = {f.name: str(f.type) for f in fields(Switches)}
    if name not in types:
        raise ValueError(f"There is no switch {name}; there are {', '.join(types)}.")
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}.")
        return value
    try:
        checked = _KINDS[types[name]](value)
    except ValueError as error:
        raise ValueError(f"{name} is {error}.") from None
    if name == "silently_ignore" and not set(checked) <= set(FIELDS):
        raise ValueError(f"{name} is a list of {', '.join(FIELDS)}.")
    if name.endswith("_seconds") and checked > LONGEST:
        raise ValueError(f"{name} is at most {LONGEST}.")
    return checked
