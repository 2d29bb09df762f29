"""A user as Replicon tells it, flattened into one native record.

`displayText` deserves a word. Replicon makes it from the names, "Family, Given" unless the company chose otherwise. In
that form it is shown as "Given Family", because a client that sends a display name sends it so, and would otherwise
write it again in every cycle. `shownAs` keeps Replicon's own form.
"""

from __future__ import annotations

from typing import Any

from scim_adapter import Native


def record(item: Any) -> Native | None:
    """The native record of one element of BulkGetUsers3; None when it stands for no user."""
    details = _part(item, "userDetails")
    security = _part(item, "securityConfiguration")
    if not _text(details, "uri"):
        return None
    first, last, shown = _text(details, "firstName"), _text(details, "lastName"), _text(details, "displayText")
    enabled = _boolean(security.get("isLoginEnabled"))
    return {
        "uri": _text(details, "uri"),
        "loginName": _text(security, "loginName"),
        "firstName": first,
        "lastName": last,
        "displayText": f"{first} {last}" if is_made(shown, first, last) else shown,
        "shownAs": shown,
        "emailAddress": _text(details, "emailAddress"),
        "employeeId": _text(details, "employeeId"),
        "loginEnabled": enabled if enabled is not None else _boolean(details.get("isEnabled")),
    }


def is_made(shown: str | None, first: str | None, last: str | None) -> bool:
    """Whether a display text is the one that Replicon makes from the names."""
    return bool(first and last) and shown == f"{last}, {first}"


def _part(item: Any, name: str) -> dict[str, Any]:
    part = item.get(name) if isinstance(item, dict) else None
    return part if isinstance(part, dict) else {}


def _text(part: dict[str, Any], name: str) -> str | None:
    value = part.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _boolean(value: Any) -> bool | None:
    """JSON booleans and the strings that Replicon also uses."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None
