"""When a target wants to be asked again (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import email.utils
import math
from datetime import UTC, datetime


def seconds(retry_after: str) -> float | None:
    """Retry-After in seconds or as a date; None when it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else math.inf
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
