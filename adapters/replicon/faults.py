"""What Replicon says when it refuses, in the contract's words.

A refusal is `{"error": {…}}` with status 400 or 500, or a list of errors inside an answer of status 200. The texts are
read to tell what is wrong, and are never passed on: they may quote personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from scim_adapter import AdapterError, Denied, Exists, Invalid, NotFound, OutOfQuota, Unavailable

Verb = Literal["read", "create", "change"]
"""What was asked: the same words of Replicon mean different things."""

TAKEN = re.compile("already exists|already in use|duplicate", re.IGNORECASE)
FORBIDDEN = re.compile(
    "permission|insufficient|access denied|not authori[sz]ed|product.*not.*assigned|not assigned.*product",
    re.IGNORECASE,
)
QUOTA = re.compile("licen[cs]e.*(exceed|limit|maximum|insufficient|enough|no (more|free|longer)|left)", re.IGNORECASE)
UNKNOWN_USER = re.compile("InvalidUserTargetParameterError[0-9]*")
FIELDS = {
    "loginname": "loginName",
    "employeeid": "employeeId",
    "email": "emailAddress",
    "firstname": "firstName",
    "lastname": "lastName",
    "displayname": "displayText",
    "department": "department",
    "supervisor": "supervisor",
    "timezone": "timeZone",
}
"""Words in Replicon's texts, without blanks, and the field that they speak of."""


ABSENT = "(does|do) not exist|not found|unknown|no such"
CONFIGURED = {
    "permission ?set": "default_permission_sets",
    "product": "default_products",
    "custom ?field": "custom_fields and external_id_custom_field",
    "authentication ?provider": "authentication_provider",
}
"""Words for what the connection's settings name, not the client."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal as Replicon words it."""

    type: str = ""
    code: str = ""
    texts: tuple[str, ...] = ()
    made: bool = False
    """Whether a user is named beside the refusal, so that a create was not without effect."""

    @property
    def name(self) -> str:
        """The type, fit for a log."""
        return re.sub("[^A-Za-z0-9]", "", self.type)[:80] or "no type"

    @property
    def passing(self) -> bool:
        """Whether it tells of Replicon's state rather than of the request."""
        return not self.type or self.code == "Receiver"

    @property
    def field(self) -> str | None:
        """The native field that the texts speak of."""
        words = re.sub(r"[\s_-]", "", " ".join(self.texts)).lower()
        return next((native for word, native in FIELDS.items() if word in words), None)


def fault_in(content: Any) -> Fault | None:
    """The refusal in an answer's body, in either of its two places."""
    if not isinstance(content, dict):
        return None
    if content.get("error") is not None:
        return _whole(content["error"])
    result = content.get("d")
    if not isinstance(result, dict) or not result.get("errors"):
        return None
    return Fault(texts=tuple(_texts(result["errors"])), made=bool(result.get("user")))


def _whole(error: Any) -> Fault:
    if not isinstance(error, dict):
        return Fault()
    return Fault(str(error.get("type") or ""), str(error.get("code") or ""), tuple(_texts(error.get("details"))))


def _texts(found: Any) -> Iterator[str]:
    """Every `displayText` of a refusal and of its notifications."""
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            if isinstance(one.get("displayText"), str):
                yield one["displayText"]
            yield from _texts(one.get("notifications") or [])


def unanswered(response: httpx.Response) -> bool:
    """Whether to ask again: 5xx, unless Replicon names the fault of the request in it."""
    if response.status_code < 500:
        return False
    try:
        fault = fault_in(response.json())
    except (ValueError, RecursionError):
        return True
    return fault is None or fault.passing


def translated(fault: Fault, verb: Verb) -> AdapterError:
    """The contract's error for a refusal. Doubt about a read is never `NotFound`."""
    text = " ".join(fault.texts)
    if verb != "read" and TAKEN.search(text):
        return Exists("Replicon holds this value already.", field=fault.field)
    if verb != "read" and QUOTA.search(text):
        return OutOfQuota("Replicon has no licence left for this user.")
    if verb != "read" and (setting := _setting(text)):
        return Denied(f"Replicon does not know what the settings of the connection name; check {setting}.")
    if FORBIDDEN.search(text):
        return Denied("The gateway's user lacks a permission or a product in Replicon that this needs.")
    if verb != "create" and UNKNOWN_USER.fullmatch(fault.type):
        return NotFound("Replicon has no such user.")
    if verb == "read" or fault.code == "Receiver" or (verb == "create" and fault.made):
        return Unavailable(f"Replicon could not do this ({fault.name}).")
    return Invalid(f"Replicon refuses this value ({fault.name}).", field=fault.field)


def _setting(text: str) -> str | None:
    """The setting that names something which Replicon does not have."""
    if not re.search(ABSENT, text, re.IGNORECASE):
        return None
    return next((setting for word, setting in CONFIGURED.items() if re.search(word, text, re.IGNORECASE)), None)
