"""What is sent, and how bodies are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
MAX_DEPTH = 50
"""Levels of objects and lists in a body; nobody needs more than ten."""


@dataclass
class Reply:
    """An answer; `cut` closes the connection instead, `seconds` are waited before."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 0


def as_json(document: Any, status: int = 200, content_type: str = JSON) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode(), content_type)


def as_html(status: int, text: str) -> Reply:
    """The answer of what stands before a service."""
    return Reply(status, f"<html><body><h1>{text}</h1></body></html>".encode(), HTML)


def parsed(raw: bytes) -> Any:
    """A body as JSON, None without one; ValueError when it is no JSON that could be stored and answered again."""
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
