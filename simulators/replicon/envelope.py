"""The forms in which the services answer (sections 1 and 7 of the page), and how bodies are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TARGET = {"uri": None, "loginName": None, "employeeId": None, "parameterCorrelationId": None}
NO_LICENCE = "The number of licenses is exceeded"
MAX_DEPTH = 50
"""Levels of objects and lists in a body; nobody needs more than ten."""


@dataclass
class Reply:
    """What is sent; `cut` closes the connection instead, `seconds` are waited before."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 0


class Refused(Exception):
    """A call that is refused as a whole: `{"error": …}`, in the full form or the short one."""

    def __init__(self, text: str, kind: str = "", status: int = 400, *, short: bool = False) -> None:
        super().__init__(text)
        self.text, self.kind, self.status, self.short = text, kind, status, short
        self.target: Mapping[str, Any] | None = None

    def reply(self, correlation: str) -> Reply:
        """The answer."""
        details: dict[str, Any] = {"displayText": self.text}
        error: dict[str, Any] = {"correlationId": correlation, "details": details}
        if not self.short:
            details |= {"target": self.target} if self.target is not None else {}
            details["notifications"] = []
            reason = "The creator of this fault did not specify a Reason."
            error |= {"code": "Receiver" if self.status >= 500 else "Sender", "reason": reason}
        return as_json({"error": error | ({"type": self.kind} if self.kind else {})}, self.status)


class Rejected(Exception):
    """A write that breaks a rule of the company: an error inside an answer of status 200 (section 4.1)."""

    def __init__(self, text: str, *, taken: bool = False) -> None:
        super().__init__(text)
        self.text, self.taken = text, taken


def missing(name: str) -> Refused:
    """A parameter that must be there."""
    return Refused(f"{name} must be a non-empty string value", "MissingRequiredParameterError1", short=True)


def untargeted(text: str, target: Any = None) -> Refused:
    """A target that names nobody, or more than one."""
    refused = Refused(text, "InvalidUserTargetParameterError1")
    given = target if isinstance(target, Mapping) else {}
    refused.target = {name: given.get(name) for name in TARGET}
    return refused


def as_json(document: Any, status: int = 200) -> Reply:
    """A JSON answer as the services write it."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())


def as_html(status: int, text: str) -> Reply:
    """The answer of what stands before the services."""
    return Reply(status, f"<html><body><h1>{text}</h1></body></html>".encode(), HTML)


def parsed(raw: bytes) -> Any:
    """A body as JSON; ValueError when it is none, or none that could be stored and answered again."""
    try:
        value = json.loads(raw or b"null", parse_constant=_no_number)
    except RecursionError:
        raise ValueError("The JSON is too deep.") from None
    if b"\\ud" in raw or b"\\uD" in raw:
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is a ValueError here
    _check_depth(value)
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in _children(one)]
        if not level:
            return
    raise ValueError("The JSON is too deep.")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
