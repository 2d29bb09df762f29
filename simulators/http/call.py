"""One request as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Call:
    """A request; the names of the headers are in lower case. A simulator that sees more in it has its own class."""

    method: str
    target: str
    headers: Mapping[str, str]
    raw: bytes

    @cached_property
    def path(self) -> str:
        """The path, decoded; empty when it is none."""
        try:
            return unquote(urlsplit(self.target).path)
        except ValueError:
            return ""

    @cached_property
    def query(self) -> dict[str, str]:
        """What follows the question mark, each name once."""
        return dict(parse_qsl(self.target.partition("?")[2].partition("#")[0], keep_blank_values=True))

    @property
    def operation(self) -> str:
        """What faults, the log and the counts call it; without ids."""
        return f"{self.method} {self.path}"

    @property
    def names(self) -> tuple[str, ...]:
        """By which names a fault may ask for it, beside `*`."""
        return (self.operation,)

    @property
    def writes(self) -> bool:
        """Whether it is one that changes something."""
        return self.method not in ("GET", "HEAD", "OPTIONS")
