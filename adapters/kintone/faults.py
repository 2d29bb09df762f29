"""What Kintone says when it refuses, in the contract's words.

A refusal is `{"message", "id", "code", "errors": {key: {"messages": [...]}}}`. Messages are in the language of the
gateway's account: `code` and the keys decide, and the text only whether a value is taken or unknown. Texts are never
passed on: they may quote personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from scim_adapter import AdapterError, Denied, Exists, Invalid, NotFound, Unavailable

TAKEN = re.compile("already exists|すでに登録されています|已存在", re.IGNORECASE)
UNKNOWN = re.compile("not found|見つかりません|未找到指定的|未找到相應的", re.IGNORECASE)
OURS = {
    "CB_WA01": "Kintone refuses the gateway's account; check login and password, or api_token.",
    "CB_AU01": "Kintone does not know the gateway's account; check login and password, or api_token.",
    "CB_TW02": "The gateway's account in Kintone has two-factor authentication, which the API does not take.",
    "CB_NO02": "The gateway's account or token may not do this in Kintone: it must be an administrator of cybozu.com, "
    "a token needs the scope for it.",
}
"""Refusals that are no word about any user."""
CONFIGURED = {
    "services": "Kintone does not take the services that every new user gets; check services.",
    "password": "Kintone's password policy refuses the password of a new user; raise password_length.",
    "locale": "Kintone does not take the language of new users; check default_locale.",
    "timezone": "Kintone does not take the time zone of new users; check default_timezone.",
}
"""Fields at fault that come from the settings of the connection, not from the client."""
ITEMS = "Kintone does not know a custom item; check custom_items and external_id_custom_item."
LOGINS = {"newCode": "code", "currentCode": "code"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal as Kintone words it."""

    code: str
    id: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Key to text."""

    @property
    def name(self) -> str:
        """The code, fit for a log."""
        return re.sub("[^A-Za-z0-9_]", "", self.code)[:20]

    @property
    def field(self) -> str | None:
        """The native field at fault: the last part of the first key, `users[0].customItemValues.code` apart."""
        for key in self.errors:
            parts = [part for part in re.split(r"\[\d+\]|\.", key) if part]
            rest = parts[1:] if len(parts) > 1 and parts[0] in ("users", "codes", "groups") else parts
            return LOGINS.get(rest[0], rest[0]) if rest else None
        return None

    def says(self, words: re.Pattern[str]) -> bool:
        """Whether one of the texts has these words."""
        return any(words.search(text) for text in self.errors.values())


def fault_in(response: httpx.Response) -> Fault | None:
    """The refusal in an answer's body, when it is one of Kintone's own."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("code"), str):
        return None
    errors = content.get("errors")
    texts = {str(key): _text(value) for key, value in errors.items()} if isinstance(errors, dict) else {}
    return Fault(content["code"], str(content.get("id") or ""), texts)


def _text(value: Any) -> str:
    messages = value.get("messages") if isinstance(value, dict) else value
    return " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)


def unanswered(response: httpx.Response) -> bool:
    """Whether to ask again: 5xx, unless it is the 520 by which older versions refuse a request."""
    if response.status_code < 500:
        return False
    return response.status_code != 520 or fault_in(response) is None


def translated(fault: Fault, status: int, *, writing: bool) -> AdapterError:
    """The contract's error for a refusal of Kintone's own. Doubt is never `NotFound`, and never the client's fault."""
    if fault.code in OURS:
        return Denied(OURS[fault.code])
    if fault.code == "CB_VA01":
        return _refused_value(fault, writing=writing)
    if status in (401, 403):
        return Denied(f"Kintone refuses this to the gateway's account ({fault.name}).")
    if writing and (status == 400 or fault.code == "CB_IL02"):
        return Invalid(f"Kintone refuses the request ({fault.name}).")
    return Unavailable(f"Kintone could not do this ({status}, {fault.name}).")


def _refused_value(fault: Fault, *, writing: bool) -> AdapterError:
    native = fault.field
    if fault.says(TAKEN):
        return Exists("Kintone holds this value already.", field=native)
    if native in CONFIGURED:
        return Denied(CONFIGURED[native])
    if native == "customItemValues" and fault.says(UNKNOWN):
        return Denied(ITEMS)
    if fault.says(UNKNOWN):
        return NotFound("Kintone has no such user or group.")
    if writing:
        return Invalid(f"Kintone refuses this value ({fault.name}).", field=native)
    return Unavailable(f"Kintone refuses to be asked this ({fault.name}).")


def unexplained(response: httpx.Response) -> AdapterError:
    """The error for a refusal without a word of Kintone's own: what stands before it answered."""
    status = response.status_code
    if status == 401 and response.headers.get("www-authenticate", "").lower().startswith("basic"):
        return Denied("The site asks for its Basic authentication; check basic_user and basic_password.")
    if status in (401, 403):
        return Denied(f"The site refuses the gateway ({status}); check the addresses that it allows.")
    if status == 404:
        return Unavailable("Kintone answered 404 without a word of its own; check base_url.")
    return Unavailable(f"Kintone answered {status} without a word of its own.")
