"""Reads what a target answered; whatever Okta could not use raises Failed with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from simulators.okta.client import Answer, Failed

Json = dict[str, Any]
UNUSABLE = ("", ".", "..")
"""Ids that no address can hold."""


@dataclass(frozen=True, slots=True)
class Listed:
    total: int
    resources: list[Json]


def resource(answer: Answer, *statuses: int) -> Json:
    """A resource with an id. An empty answer is one without a user, also where its status is fine."""
    if answer.status not in statuses:
        raise refused(answer)
    if not answer.content.strip():
        raise Failed(f"{answer.request} was answered HTTP {answer.status} without a resource")
    return _identified(_read(answer), answer.request)


def _identified(found: Any, request: str) -> Json:
    key = found.get("id") if isinstance(found, dict) else None
    if not isinstance(key, str) or not key.isprintable() or key in UNUSABLE:
        raise Failed(f"{request} was answered with a resource that has no usable id")
    return dict(found)


def accepted(answer: Answer) -> Json | None:
    """The answer to a PATCH: 200 with the resource, or 204."""
    return None if answer.status == 204 else resource(answer, 200)


def listed(answer: Answer, *, absent_is_empty: bool = False) -> Listed:
    """A ListResponse. `absent_is_empty`: 404 is as good as an empty list."""
    if answer.status == 404 and absent_is_empty:
        return Listed(0, [])
    if answer.status != 200:
        raise refused(answer)
    found = _read(answer)
    if not isinstance(found, dict):
        raise Failed(f"{answer.request} was not answered with a list of resources")
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        if name in found and type(found[name]) is not int:
            raise Failed(f"{answer.request}: {name} must be an integer")
    resources = found.get("Resources") or []
    if type(found.get("totalResults")) is not int or not isinstance(resources, list):
        raise Failed(f"{answer.request} was not answered with a list of resources")
    return Listed(found["totalResults"], [_identified(each, answer.request) for each in resources])


def refused(answer: Answer) -> Failed:
    """The status, and the words of the error body if it is one."""
    words = ""
    try:
        detail = json.loads(answer.content).get("detail")
        words = f": {detail}" if detail else ""
    except (ValueError, AttributeError, RecursionError):
        words = ": the body is not a SCIM error" if answer.content.strip() else ""
    return Failed(f"{answer.request} was answered HTTP {answer.status}{_phrase(answer.status)}{words}")


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _read(answer: Answer) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise Failed(f"{answer.request} was answered HTTP {answer.status} with what is not JSON") from None
