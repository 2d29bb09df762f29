"""The members of `modifications`: how each native field of a user is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim_adapter import Invalid, Native

from .dates import date_range, today
from .names import LONGEST
from .table import CUSTOM

TEXTS = {
    "loginName": "loginName",
    "firstName": "firstName",
    "lastName": "lastName",
    "displayText": "displayName",
    "emailAddress": "emailAddress",
    "employeeId": "employeeId",
}
"""Native fields that are a plain text, and the members that write them."""
LIMITS = {"loginName": 255, "firstName": LONGEST, "lastName": LONGEST, "emailAddress": 255}
LOGIN_NAME_OPTION = "urn:replicon:sso-name-modification-option:login-name"
ADD = "urn:replicon:collection-modification-option:add"


def writable(field: str) -> bool:
    """Whether a native field is written here; the login's state has calls of its own."""
    return field in TEXTS or field in ("timeZone", "department", "supervisor") or field.startswith(CUSTOM)


def fits(values: Mapping[str, Any]) -> None:
    """Say early what Replicon would refuse; `Invalid` names the field."""
    for field, value in values.items():
        if isinstance(value, str) and len(value) > LIMITS.get(field, len(value)):
            raise Invalid(f"Replicon takes at most {LIMITS[field]} characters here.", field=field)
        if field == "emailAddress" and isinstance(value, str) and not value.isascii():
            raise Invalid("Replicon takes e-mail addresses in ASCII only.", field=field)
        if field.startswith(CUSTOM) and not isinstance(value, str | None):
            raise Invalid("A custom field in Replicon holds one text.", field=field)


def members(values: Native, before: Native) -> dict[str, Any]:
    """The members that write `values` to a user who is as in `before`; None clears."""
    found: dict[str, Any] = {
        TEXTS[field]: {"value": value} for field, value in sorted(values.items()) if field in TEXTS
    }
    if "timeZone" in values:
        zone = values["timeZone"]
        found["timeZone"] = {"value": {"uri": None, "IANAName": zone} if zone else None}
    if "department" in values:
        item = {"uri": None, "parent": None, "name": values["department"], "parameterCorrelationId": None}
        found["departmentGroupSchedule"] = _from_now_on("department", item, before)
    if "supervisor" in values:
        found["supervisorSchedule"] = _from_now_on("supervisor", {"uri": values["supervisor"]}, before)
    if "endDate" in values:
        found["employmentDateRange"] = {"value": date_range(before.get("startDate"), values["endDate"])}
    custom = {field: value for field, value in sorted(values.items()) if field.startswith(CUSTOM)}
    return found | ({"customFields": [_custom(*one) for one in custom.items()]} if custom else {})


def _from_now_on(field: str, item: dict[str, Any], before: Native) -> list[dict[str, Any]]:
    """An entry of a schedule. Who has had a value keeps it in the past, which Replicon's reports go by."""
    days = date_range(today(), None) if before.get(field) else None
    return [{"dateRange": days, "item": item if any(item.values()) else None}]


def _custom(field: str, value: str | None) -> dict[str, Any]:
    name = {"uri": None, "name": field.removeprefix(CUSTOM), "groupUri": None}
    kinds = {"date": None, "dropDownOption": None, "number": None}
    return {"value": {"customField": name, "text": value or "", **kinds}}


def added(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The change of a collection that adds some items."""
    return [{"modificationOptionUri": ADD, "items": items}]
