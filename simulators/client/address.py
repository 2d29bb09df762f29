"""The address of the target that an administrator types."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

import httpx


def address(text: str, name: str, *, query: bool) -> SplitResult:
    """The parts of an address with a host; ValueError with a sentence. `query`: it may have one."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        _ = parts.port, (parts.hostname or "").encode("idna"), httpx.URL(text).host  # each may be unreadable
    except (ValueError, httpx.InvalidURL):
        raise ValueError(f"The {name} is not a URL.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The {name} must begin with https:// (or http:// for tests) and name a host.")
    if parts.username is not None or parts.fragment or (parts.query and not query):
        held = "credentials or a fragment" if query else "credentials, a query or a fragment"
        raise ValueError(f"The {name} must not hold {held}.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"The {name} has characters that no URL may have.")
    return parts


def base(parts: SplitResult) -> str:
    """What the addresses of resources begin with."""
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
