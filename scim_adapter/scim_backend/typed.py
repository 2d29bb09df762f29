"""Types for the settings of adapters: an address and a token as people paste them, with blanks around them."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def address(text: str) -> str:
    """The address of a server, without blanks and slashes at its end; ValueError says what it must be.

    A token must not travel in the open: `http://` is for this machine only.
    """
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or any(map(str.isspace, text)):
        raise ValueError("it must be an address that starts with https://")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address has no login, no question mark and no hash here")
    if parts.scheme == "http" and not _loopback(host):
        raise ValueError("http:// is allowed on this machine only; elsewhere it would show the token")
    return text


def token(secret: SecretStr) -> SecretStr:
    """A token without the blanks around it; ValueError when it cannot be one."""
    text = secret.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a token is one word in ASCII")
    return SecretStr(text)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Address = Annotated[str, AfterValidator(address)]
Token = Annotated[SecretStr, AfterValidator(token)]
