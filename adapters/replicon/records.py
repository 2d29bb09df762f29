"""A user as Replicon tells it, flattened into one native record.

`displayText` is in the form that the connection expects (see `names`); `shownAs` keeps Replicon's own. Dates are
`datetime.date`, custom fields stand under `custom:NAME`, and what an answer lacks is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scim_adapter import Native, Unavailable

from .dates import parsed, today
from .names import Form, shown
from .table import CUSTOM
from .time_zones import iana_name


def record(item: Any, form: Form) -> Native | None:
    """The native record of one element of BulkGetUsers3; None when it stands for no user. `Unavailable` for what is
    none of its elements: whoever was asked for is not gone."""
    if not all(one is None or isinstance(one, dict) for one in (item, _part_of(item, "userDetails"))):
        raise Unavailable("Replicon answered with something that is no user.")
    details = _part(item, "userDetails")
    security = _part(item, "securityConfiguration")
    if not _text(details, "uri"):
        return None
    first, last, text = _text(details, "firstName"), _text(details, "lastName"), _text(details, "displayText")
    enabled = _boolean(security.get("isLoginEnabled"))
    employment = _part(details, "employmentDateRange")
    return {
        "uri": _text(details, "uri"),
        "loginName": _text(security, "loginName"),
        "firstName": first,
        "lastName": last,
        "displayText": shown(text, first, last, form),
        "shownAs": text,
        "emailAddress": _text(details, "emailAddress"),
        "employeeId": _text(details, "employeeId"),
        "loginEnabled": enabled if enabled is not None else _boolean(details.get("isEnabled")),
        "startDate": parsed(employment.get("startDate")),
        "endDate": parsed(employment.get("endDate")),
        "timeZone": iana_name(_part(item, "timeZone")),
        "department": _name(_current(item, "departmentGroupSchedule", "departmentGroup")),
        "supervisor": _text(_current(item, "supervisorAssignmentSchedule", "supervisor"), "uri"),
        **dict(_custom_fields(details)),
    }


def _current(item: Any, schedule: str, member: str) -> dict[str, Any]:
    """What a schedule says for today: its entries are in the order of time, and the last that has begun counts."""
    entries = [entry for entry in _objects(_part_of(item, schedule)) if _begun(entry)]
    return _part(entries[-1], member) if entries else {}


def _begun(entry: dict[str, Any]) -> bool:
    day = parsed(entry.get("effectiveDate"))
    return day is None or day <= today()


def _name(reference: dict[str, Any]) -> str | None:
    return _text(reference, "name") or _text(reference, "displayText")


def _custom_fields(details: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for value in _objects(details.get("customFieldValues")):
        name, text = _name(_part(value, "customField")), _text(value, "text")
        if name and text:
            yield CUSTOM + name, text


def _objects(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _part_of(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else None


def _part(item: Any, name: str) -> dict[str, Any]:
    part = _part_of(item, name)
    return part if isinstance(part, dict) else {}


def _text(part: dict[str, Any], name: str) -> str | None:
    value = part.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _boolean(value: Any) -> bool | None:
    """JSON booleans and the strings that Replicon also uses."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None
