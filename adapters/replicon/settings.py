"""The settings of a Replicon connection."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

GLOBAL = "https://global.replicon.com"
LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*(:\d{{1,5}})?", re.IGNORECASE)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class RepliconSettings(BaseModel):
    """How to reach one company's Replicon, and as whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    company_key: Text = Field(
        description="The company key: the left part of `CompanyKey\\LoginName`, as on Replicon's sign-in page."
    )
    username: Text = Field(
        description="The login name of an administrator, without the company key. The user must be of authentication "
        "type *Replicon internal*: single sign-on users cannot call the web services."
    )
    password: SecretStr = Field(min_length=1, description="That administrator's password.")
    domain: str = Field(
        default="global",
        description="Which host to use: `global` (or empty) asks Replicon where the company lives; a swimlane such as "
        "`na3`, or a host such as `na3.replicon.com`, is used as it is; a URL asks the service at that URL.",
    )
    application_name: str = Field(
        default="Scimgate_Provisioning_1.0",
        pattern=r"^[A-Za-z0-9.-]{1,60}_[A-Za-z0-9.-]{1,60}_[A-Za-z0-9.-]{1,20}$",
        description="What the gateway calls itself in `X-Replicon-Application`: `Company_Purpose_Version`.",
    )
    timeout: float = Field(
        default=35.0,
        gt=0,
        le=300,
        description="Seconds for one attempt. Replicon itself gives up after about 30, so give it a little more.",
    )

    @field_validator("company_key")
    @classmethod
    def _plain_key(cls, value: str) -> str:
        if re.search(r"[/\\:?#%\s\x00-\x1f\x7f]", value) or not value.strip("."):
            raise ValueError("a company key is one word, without slash, backslash or colon")
        return value

    @field_validator("username")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if "\\" in value:
            raise ValueError("give the login name alone; the gateway puts the company key and a backslash before it")
        if ":" in value or not value.isprintable():
            raise ValueError("a login name with a colon or a control character cannot sign in over HTTP")
        return value

    @field_validator("domain")
    @classmethod
    def _known_place(cls, value: str) -> str:
        value = value.strip().rstrip("/") or "global"
        if "://" in value:
            return _checked_url(value)
        if not HOST.fullmatch(value):
            raise ValueError("it must be global, a swimlane such as na3, a host name, or a URL")
        return value.lower()

    @property
    def directory(self) -> str | None:
        """Where to ask for the company's address; None when the host is given."""
        if self.domain == "global":
            return GLOBAL
        return self.domain if "://" in self.domain else None

    @property
    def host(self) -> str:
        """The given host. Without a dot or a port it is a swimlane of Replicon's."""
        return self.domain if re.search("[.:]", self.domain) else f"{self.domain}.replicon.com"


def _checked_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("the URL must be https://HOST")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("the URL must have a scheme and a host only, without path, query or credentials")
    if parts.scheme == "http" and not loopback(host):
        raise ValueError("http:// is allowed on this machine only; elsewhere it would show the password; use https://")
    return value.lower()


def loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
