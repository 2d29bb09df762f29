"""The SCIM connector's base URL, and the addresses built on it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx

PAGE = 100
"""How many resources Okta asks for at once."""


@dataclass(frozen=True, slots=True)
class Target:
    base: str
    host: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises ValueError with a sentence."""
        try:
            parts = urlsplit(text.strip())
            host, _ = parts.hostname or "", parts.port
            httpx.URL(text.strip())
        except (ValueError, httpx.InvalidURL):
            raise ValueError("The base URL is not a URL.") from None
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("The base URL must begin with https:// (or http:// for tests) and name a host.")
        if parts.username is not None or parts.fragment or parts.query:
            raise ValueError("The base URL must not hold credentials, a query or a fragment.")
        if not text.isascii() or not text.strip().isprintable() or " " in text.strip():
            raise ValueError("The base URL has characters that no URL may have.")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", host)

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

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
