"""One request with its answer, as the JSON report shows it: bodies as JSON where they are, secrets masked."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 65_536
"""Letters of an answer that are kept."""


def exchange(
    method: str, url: str, body: Any, status: int | None, answer: bytes | str, seconds: float
) -> dict[str, Any]:
    """`status` None: no answer came, and `answer` says why. The headers, hence the token, are left out."""
    shown: dict[str, Any] = {"method": method, "url": url}
    if body is not None:
        shown["body"] = _masked(body)
    shown["status"] = status
    shown["answer"] = _masked(_document(answer)) if isinstance(answer, bytes) else answer
    return {**shown, "seconds": round(seconds, 4)}


def _document(answer: bytes) -> Any:
    text = answer.decode("utf-8", "replace")[:LONGEST]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _masked(value: Any) -> Any:
    """Passwords that a mapping may send, in a resource or in an operation."""
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    masked = {name: "***" if name.lower() == "password" else _masked(each) for name, each in value.items()}
    if str(value.get("path", "")).lower() == "password":
        masked["value"] = "***"
    return masked
