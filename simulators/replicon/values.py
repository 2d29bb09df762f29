"""The values inside a modification: the wrapper, texts, flags, dates (section 3 of the page)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from simulators.replicon.envelope import Refused

INVALID = "InvalidUserModificationsParameterError1"


def invalid(name: str, expected: str) -> Refused:
    """A member of the wrong form."""
    return Refused(f"Invalid modification of {name}. {expected} is expected.", INVALID)


def unwrapped(name: str, wrapper: Any) -> Any:
    """What a wrapper holds; a null inside clears."""
    if not isinstance(wrapper, Mapping) or "value" not in wrapper:
        raise invalid(name, "An object with a value")
    return wrapper["value"]


def text(name: str, value: Any) -> str | None:
    """A text; null and the empty one are none."""
    if value is not None and not isinstance(value, str):
        raise invalid(name, "A string")
    return value or None


def flag(name: str, value: Any) -> bool:
    """A JSON boolean, or the string that the vendor's samples use."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    if not isinstance(value, bool):
        raise invalid(name, "A boolean")
    return value


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, Mapping):
        raise invalid(name, "An object")
    return value


def mappings(name: str, value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list."""
    if not isinstance(value, list):
        raise invalid(name, "A list")
    for one in value:
        yield mapping(name, one)


def date(name: str, value: Any) -> dict[str, int] | None:
    """A date; its numbers may be strings."""
    if value is None:
        return None
    given = mapping(name, value)
    try:
        numbers = {part: _number(given.get(part)) for part in ("year", "month", "day")}
        datetime.date(**numbers)
    except (ValueError, OverflowError):
        raise invalid(name, "A date of year, month and day") from None
    return numbers


def _number(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 4 and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("A number is expected.")
    return value


def period(name: str, value: Any) -> dict[str, dict[str, int] | None]:
    """The first and the last day of a date range; null is neither."""
    given = mapping(name, value) if value is not None else {}
    return {side: date(f"{name}.{side}", given.get(side)) for side in ("startDate", "endDate")}


def date_range(start: Any, end: Any) -> dict[str, Any]:
    """A date range as answers show it."""
    return {"startDate": start, "endDate": end, "relativeDateRangeUri": None, "relativeDateRangeAsOfDate": None}
