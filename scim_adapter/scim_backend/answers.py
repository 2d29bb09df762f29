"""What an answer means: the resource, or one of the contract's errors.

The texts of a backend are looked at and never passed on: they may quote personal data.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from scim_adapter.errors import (
    AdapterError,
    Denied,
    Exists,
    Invalid,
    NotFound,
    OutOfQuota,
    Stale,
    Unavailable,
    Unsupported,
)
from scim_adapter.http import body, retry_after
from scim_adapter.scim_backend.profile import Means, Profile, Rule, Verb
from scim_adapter.scim_backend.schema import ERROR

log = logging.getLogger(__name__)
STATUSES: dict[int, Means] = {
    400: "invalid", 401: "denied", 402: "out_of_quota", 403: "denied", 404: "not_found", 405: "unsupported",
    409: "exists", 412: "stale", 413: "invalid", 422: "invalid", 501: "unsupported",
}  # fmt: skip
SCIM_TYPES: dict[str, Means] = {"uniqueness": "exists", "invalidvers": "stale"}
KINDS: dict[Means, type[AdapterError]] = {
    "denied": Denied, "invalid": Invalid, "not_found": NotFound, "out_of_quota": OutOfQuota, "stale": Stale,
    "unsupported": Unsupported,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server says when it refuses: the status, and from the body, if it is SCIM's or like it, the reason."""

    status: int
    scim_type: str = ""
    detail: str = ""
    form: str = "other"
    """`scim` for an error of RFC 7644 section 3.12, `json` for another object, else `other`."""

    @property
    def word(self) -> str:
        """The scimType, fit for a log."""
        return re.sub("[^A-Za-z0-9-]", "", self.scim_type)[:40]


def refusal(response: httpx.Response) -> Refusal:
    """What a refusing answer says, however it is worded."""
    try:
        content = body(response)
    except Unavailable:
        content = None
    if not isinstance(content, dict):
        return Refusal(response.status_code, detail=response.text[:2000] if response.content else "")
    schemas = content.get("schemas")
    scim = isinstance(schemas, list) and ERROR.casefold() in [str(one).casefold() for one in schemas]
    detail = content.get("detail") or content.get("message") or content.get("error_description") or ""
    form = "scim" if scim else "json"
    reason = content.get("scimType") or content.get("errorCode") or ""
    return Refusal(response.status_code, str(reason), str(detail), form)


class Unsearchable(Unavailable):
    """A search that the server does not carry out. It is an outage unless the profile only tries it."""


class Answers:
    """How the answers of one server are read."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def failed(self, verb: Verb) -> Any:
        """Which answers are no answer, so that the call may be repeated: 5xx, unless the profile knows what it is."""

        def failed(response: httpx.Response) -> bool:
            if response.status_code < 500 or response.status_code == 501:
                return False
            return self._ruled(refusal(response), verb) is None

        return failed

    def content(self, response: httpx.Response, verb: Verb, unique: Sequence[str] = ()) -> Any:
        """The JSON of a 2xx answer, None when it is empty; else the error that it means.

        `unique` are the native fields that the request wrote and that may collide.
        """
        if response.is_success:
            return body(response)
        if response.has_redirect_location:
            raise Unavailable(f"The backend sends the gateway elsewhere ({response.status_code}); check base_url.")
        told = refusal(response)
        log.warning("The backend refused to %s: status %d, %s.", verb, told.status, told.word or "no scimType")
        raise self._error(told, response, verb, unique)

    def _ruled(self, told: Refusal, verb: Verb) -> Rule | None:
        for rule in self.profile.rules:
            if (
                (not rule.on or verb in rule.on)
                and rule.status in (None, told.status)
                and (rule.scim_type is None or rule.scim_type.casefold() == told.scim_type.casefold())
                and (rule.detail is None or rule.detail.search(told.detail))
            ):
                return rule
        return None

    def _error(self, told: Refusal, response: httpx.Response, verb: Verb, unique: Sequence[str]) -> AdapterError:
        rule = self._ruled(told, verb) or Rule(self._means(told, verb, unique))
        words, field = rule.says or _words(rule.means, told, verb), rule.field
        if rule.means == "unavailable":
            kind = Unsearchable if _unsearchable(told, verb) else Unavailable
            return kind(words, retry_after=retry_after(response))
        if rule.means == "exists":
            return Exists(words, field=field or _collided(told, unique))
        return KINDS[rule.means](words, field=field)

    def _means(self, told: Refusal, verb: Verb, unique: Sequence[str]) -> Means:
        """By RFC 7644 section 3.12. A 404 is believed only about a resource, and only in the backend's own words."""
        if told.status == 404:
            forms = {"scim": ("scim",), "json": ("scim", "json"), "any": ("scim", "json", "other")}
            about_one = verb not in ("find", "create") or (verb == "find" and self.profile.empty_list == 404)
            known = told.form in forms[self.profile.not_found] and about_one
            return "not_found" if known else "unavailable"
        if told.status == 400 and told.scim_type.casefold() in SCIM_TYPES:
            return SCIM_TYPES[told.scim_type.casefold()]
        if told.status == 409 and not unique:
            return "stale"
        if verb in ("find", "get") and told.status not in (401, 403):
            return "unavailable"
        return STATUSES.get(told.status, "unavailable")


def _words(means: Means, told: Refusal, verb: Verb) -> str:
    match means:
        case "exists":
            return "The backend holds this value already."
        case "denied":
            return f"The backend refuses the gateway's credentials or privileges ({told.status})."
        case "unavailable":
            return _outage(told, verb)
        case "not_found":
            return "The backend has no such resource."
        case "out_of_quota":
            return f"Its server refuses one more ({told.status})."
    return f"The backend refuses this ({told.status}{told.word and ' '}{told.word})."


def _unsearchable(told: Refusal, verb: Verb) -> bool:
    return verb == "find" and told.status in (400, 405, 501)


def _outage(told: Refusal, verb: Verb) -> str:
    if told.status == 404:
        return "The backend answered 404 without a word of SCIM about a resource; check base_url."
    if told.form == "other":
        return f"The backend answered {told.status} without a word of SCIM."
    if _unsearchable(told, verb):
        return f"The backend refuses to search ({told.status}); its profile may claim a filter that it does not have."
    return f"The backend answered {told.status}."


def _collided(told: Refusal, unique: Sequence[str]) -> str | None:
    """The unique field that the backend speaks of; the first one when it does not say."""
    return next((name for name in unique if name.casefold() in told.detail.casefold()), next(iter(unique), None))
