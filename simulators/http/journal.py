"""Bodies as the log shows them: no password, token or secret ever enters it."""

from __future__ import annotations

from typing import Any

from simulators.http.reply import parsed

SECRET = ("password", "token", "secret")


def censored(raw: bytes) -> Any:
    """A body without secrets; None when it is no JSON."""
    try:
        return _open(parsed(raw))
    except ValueError:
        return None


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = {name for name in value if _secret(name) or (name == "value" and _secret(value.get("path")))}
        return {name: "***" if name in hidden else _open(one) for name, one in value.items()}
    return [_open(one) for one in value] if isinstance(value, list) else value


def _secret(name: Any) -> bool:
    return isinstance(name, str) and any(word in name.lower() for word in SECRET)
