"""The SCIM connector's base URL, and the addresses built on it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from simulators.client.address import address, base, is_loopback

PAGE = 100
"""How many resources Okta asks for at once."""


@dataclass(frozen=True, slots=True)
class Target:
    base: str
    host: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises ValueError with a sentence."""
        parts = address(text, "base URL", query=False)
        return cls(base(parts), parts.hostname or "")

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def one(self, kind: str, key: str) -> str:
        return f"{self.base}/{kind}/{quote(key, safe='')}"

    def all(self, kind: str) -> str:
        return f"{self.base}/{kind}"

    def page(self, kind: str, start: int, count: int = PAGE) -> str:
        return f"{self.base}/{kind}?startIndex={start}&count={count}"

    def search(self, kind: str, attribute: str, value: str) -> str:
        """The filter is percent-encoded, blanks as `%20`; its value is a JSON string (RFC 7644 section 3.4.2.2)."""
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        wanted = quote(f'{attribute} eq "{escaped}"', safe="")
        return f"{self.base}/{kind}?filter={wanted}&startIndex=1&count={PAGE}"
