"""The settings of a Replicon connection."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationInfo, field_validator

from .names import Form
from .table import REPLACEABLE, TABLE
from .time_zones import IANA

GLOBAL = "https://global.replicon.com"
LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*(:\d{{1,5}})?", re.IGNORECASE)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)]
Secret = Annotated[SecretStr, Field(min_length=1)]


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
    access_token: Secret | None = Field(
        default=None,
        description="Instead of `password`: an access token that the administrator `username` made in Replicon.",
    )
    password: Secret | None = Field(
        default=None, validate_default=True, description="That administrator's password, unless there is a token."
    )
    create_access_token: bool = Field(
        default=False,
        description="`true`: the password is sent once, for an access token of Replicon's, and the token with every "
        "call. Restarts get the same token again.",
    )
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

    display_name: Form = Field(
        default="given-family",
        description="How display names that say no more than the names are shown: `given-family`, `family-given`, "
        "`family-comma-given`, or as Replicon shows them (`as-sent`); `off` maps no display name. See below.",
    )
    external_id_custom_field: MaybeText = Field(
        default="", description="The name of a text custom field that holds `externalId`; empty: the identity map does."
    )
    custom_fields: Mapping[str, Text] = Field(
        default={},
        description="More attributes in text custom fields: a SCIM path to the field's name, such as "
        '`{ title = "Job Title" }`.',
    )
    default_permission_sets: tuple[Text, ...] = Field(
        default=(), description="Names of the permission sets that every new user gets."
    )
    default_products: tuple[Text, ...] = Field(
        default=(), description="Uris of the products (licences) that every new user gets: `urn:replicon:product:...`."
    )
    default_time_zone: MaybeText = Field(
        default="", description="The time zone of users for whom none is sent, such as `Asia/Tokyo`."
    )
    default_department: MaybeText = Field(
        default="", description="The department of users for whom none is sent; it must exist in Replicon."
    )
    authentication_provider: MaybeText = Field(
        default="",
        description="The name of the sign-in provider that every new user gets, such as `SSO`; the single sign-on "
        "name is then the login, and follows it. Empty: the company's own default.",
    )
    end_date_on_disable: bool = Field(
        default=False,
        description="`true`: who is disabled gets the day as last day of employment, and who is enabled loses it.",
    )

    @field_validator("password")
    @classmethod
    def _one_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = info.data.get("access_token")
        if value is None and token is None and "access_token" in info.data:
            raise ValueError("give password, or access_token instead of it")
        if value is not None and token is not None:
            raise ValueError("give password or access_token, not both")
        return value

    @field_validator("create_access_token")
    @classmethod
    def _needs_password(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("access_token"):
            raise ValueError("there is an access_token already; a token is created with the password alone")
        return value

    @field_validator("custom_fields")
    @classmethod
    def _free_places(cls, value: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        taken = {path.lower() for path in TABLE} - {REPLACEABLE.lower()}
        for path in value:
            if path.lower().removesuffix(".value") in {one.removesuffix(".value") for one in taken}:
                raise ValueError(f"{path} has a place of its own in Replicon")
        outside = info.data.get("external_id_custom_field")
        names = [*value.values(), *([outside] if outside else [])]
        if len({name.casefold() for name in names}) < len(names):
            raise ValueError("two attributes cannot be in one custom field")
        if outside and any(path.lower() == "externalid" for path in value):
            raise ValueError("externalId is in external_id_custom_field already")
        return value

    @field_validator("default_products")
    @classmethod
    def _products(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(uri.startswith("urn:") for uri in value):
            raise ValueError("products are given by their uris, which start with urn:")
        return value

    @field_validator("default_time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value and not IANA.fullmatch(value):
            raise ValueError("a time zone has its IANA name, such as Asia/Tokyo")
        return value

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
