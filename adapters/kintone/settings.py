"""The settings of a Kintone connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationInfo, field_validator

from .table import TABLE

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Service = Literal["kintone", "garoon", "office", "mailwise", "secure_access"]


class KintoneSettings(BaseModel):
    """How to reach one cybozu.com site, and as whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(
        description="The site: `https://acme.cybozu.com`, `https://acme.kintone.com` or `https://acme.cybozu.cn`."
    )
    api_token: Secret | None = Field(
        default=None,
        description="An API token of the common administration, with *Read and Write*; for groups and for "
        "administrators with *Dangerous Zone* too.",
    )
    login: MaybeText = Field(
        default="",
        description="Instead of a token: the login name of a cybozu.com administrator without two-factor "
        "authentication. The gateway never disables, renames or deletes this user.",
    )
    password: Secret | None = Field(default=None, validate_default=True, description="The password of `login`.")
    basic_user: MaybeText = Field(
        default="",
        description="The user of the site's Basic authentication, where the site has one; only with `login`.",
    )
    basic_password: Secret | None = Field(
        default=None, validate_default=True, description="The password of `basic_user`."
    )
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds for one attempt.")
    services: tuple[Service, ...] = Field(
        default=("kintone",),
        description="The services that every new user may use, each a licence: `kintone`, `garoon`, `office`, "
        "`mailwise`, `secure_access`; `[]` assigns none.",
    )
    groups: bool = Field(default=True, description="`false`: groups are not offered.")
    find_case_variants: bool = Field(
        default=True,
        description="Before a create all users are read once, a call for each 100, to find an account whose login "
        "differs in capitals only. `false`: the login is looked up as it was sent and in lower case.",
    )
    external_id_custom_item: MaybeText = Field(
        default="", description="The code of a custom item that holds `externalId`; empty: the identity map does."
    )
    custom_items: Mapping[str, Text] = Field(
        default={},
        description="More attributes in custom items: a SCIM path to the item's code, such as "
        '`{ title = "jobTitle" }`.',
    )
    default_locale: Literal["", "auto", "ja", "en", "zh", "zh-TW", "es", "pt-BR", "th"] = Field(
        default="", description="The language of new users; empty: as their browser says."
    )
    default_timezone: MaybeText = Field(
        default="", description="The time zone of new users, such as `Asia/Tokyo`; empty: the site's."
    )
    password_length: int = Field(
        default=24, ge=12, le=64, description="Characters of the password that a new user gets and nobody learns."
    )

    @field_validator("base_url")
    @classmethod
    def _site(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        try:
            parts = urlsplit(value)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError:
            host = ""
        if not host or parts.scheme not in ("https", "http") or "@" in parts.netloc:
            raise ValueError("it must be https://HOST")
        if parts.path or parts.query or parts.fragment:
            raise ValueError("it must be https://HOST, without a path")
        if parts.scheme == "http" and not _loopback(host):
            raise ValueError("http:// is allowed on this machine only; elsewhere it would show the password")
        return value.lower()

    @field_validator("login")
    @classmethod
    def _one_account(cls, value: str, info: ValidationInfo) -> str:
        if ":" in value or not value.isprintable():
            raise ValueError("a login with a colon or a control character cannot sign in over HTTP")
        if "api_token" in info.data and bool(value) == bool(info.data["api_token"]):
            raise ValueError("give api_token, or login and password; not both")
        return value

    @field_validator("password")
    @classmethod
    def _belongs_to_login(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "login" in info.data and bool(info.data["login"]) != bool(value):
            raise ValueError("login and password belong together")
        return value

    @field_validator("basic_user")
    @classmethod
    def _beside_a_password(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("api_token"):
            raise ValueError("an API token and Basic authentication use one header; use login and password")
        return value

    @field_validator("basic_password")
    @classmethod
    def _belongs_to_basic_user(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "basic_user" in info.data and bool(info.data["basic_user"]) != bool(value):
            raise ValueError("basic_user and basic_password belong together")
        return value

    @field_validator("custom_items")
    @classmethod
    def _free_places(cls, value: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        taken = {path.lower().removesuffix(".value") for path in TABLE}
        for path in value:
            if path.lower().removesuffix(".value") in taken:
                raise ValueError(f"{path} has a place of its own in Kintone")
        outside = info.data.get("external_id_custom_item")
        codes = [*value.values(), *([outside] if outside else [])]
        if len(set(codes)) < len(codes):
            raise ValueError("two attributes cannot be in one custom item")
        if outside and any(path.lower() == "externalid" for path in value):
            raise ValueError("externalId is in external_id_custom_item already")
        return value


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
