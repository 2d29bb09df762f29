"""Dates and date ranges as Replicon writes them, and the end of an employment.

In records a date is a text such as `2026-04-01`, so that dates compare and everybody can store them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from scim_adapter import Native


def today() -> str:
    """The day in UTC; Replicon's own may differ by one, which nothing here depends on."""
    return datetime.now(UTC).date().isoformat()


def parsed(value: Any) -> str | None:
    """A date of an answer; None for none and for one that cannot be read."""
    if not isinstance(value, dict):
        return None
    try:
        return date(int(value["year"]), int(value["month"]), int(value["day"])).isoformat()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def written(day: str | None) -> dict[str, int] | None:
    """A date for a request."""
    if day is None:
        return None
    year, month, number = map(int, day.split("-"))
    return {"year": year, "month": month, "day": number}


def date_range(start: str | None, end: str | None) -> dict[str, Any]:
    """A date range for a request."""
    relative = {"relativeDateRangeUri": None, "relativeDateRangeAsOfDate": None}
    return {"startDate": written(start), "endDate": written(end), **relative}


def leaving(record: Native) -> str | None:
    """The last day to write for somebody who is disabled now; None when the employment has ended already."""
    if has_left(record):
        return None
    return max(record.get("startDate") or "", today())


def has_left(record: Native) -> bool:
    """Whether the last day keeps somebody out today; a planned one in the future does not."""
    end: str | None = record.get("endDate")
    return end is not None and end <= max(record.get("startDate") or "", today())
