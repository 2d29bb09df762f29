"""Time zones: Replicon shows a description and a uri made from the IANA name, `urn:replicon:time-zone:asia-tokyo`."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

IANA = re.compile(r"UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+")


def iana_name(zone: Any) -> str | None:
    """The IANA name of a time zone in an answer; None when it cannot be told."""
    if not isinstance(zone, dict):
        return None
    for text in (zone.get("IANAName"), zone.get("displayText")):
        if isinstance(text, str) and IANA.fullmatch(text):
            return text
    uri = zone.get("uri")
    return _known().get(_slug(uri.rsplit(":", 1)[-1])) if isinstance(uri, str) else None


def _slug(name: str) -> str:
    return re.sub("[/_]", "-", name).lower()


@cache
def _known() -> dict[str, str]:
    """Every zone of the operating system by the form it has in Replicon's uris; ambiguous forms are left out."""
    from zoneinfo import available_timezones  # it reads some hundred files, and few companies need it

    names = defaultdict(list)
    for name in available_timezones():
        names[_slug(name)].append(name)
    return {slug: found[0] for slug, found in names.items() if len(found) == 1}
