"""Moments as text: the clock of a job may be a simulated one."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """A date or a date with a time (ISO 8601), in UTC unless it says otherwise. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")
