"""Takes secrets out of whatever is shown or written down."""

from __future__ import annotations

import re
from typing import Any

MASKED = "***"
SECRET_ATTRIBUTES = frozenset({"password"})
LONG_ENOUGH = 8
"""A shorter token may be part of ordinary words, and is only taken out where it stands alone."""


class Mask:
    def __init__(self, token: str) -> None:
        bounds = ("", "") if len(token) >= LONG_ENOUGH else (r"(?<!\w)", r"(?!\w)")
        self._token = re.compile(re.escape(token).join(bounds))

    def text(self, text: str) -> str:
        return self._token.sub(MASKED, text)

    def line(self, text: str) -> str:
        """A target's words on one printable line of bounded length."""
        printable = "".join(letter if letter.isprintable() else " " for letter in self.text(text))
        return re.sub(r"\s+", " ", printable).strip()[:400]

    def value(self, value: Any) -> Any:
        """A JSON value without the token, and without passwords in either direction."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {
                self.text(name): MASKED if name.lower() in SECRET_ATTRIBUTES else self.value(each)
                for name, each in value.items()
            }
        return value
