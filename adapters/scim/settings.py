"""The settings of a connection to a SCIM server."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from scim_adapter.scim_backend import JWT_GRANT, Credentials, Granted, Profile, ProfileError, basic, bearer, load

Text = Annotated[str, Field(min_length=1)]
PROFILES = Path(__file__).parent / "profiles"
WAYS: tuple[frozenset[str], ...] = (
    frozenset({"bearer_token"}),
    frozenset({"username", "password"}),
    frozenset({"token_url", "client_id", "client_secret"}),
    frozenset({"token_url", "client_id", "client_secret", "jwt"}),
)
"""The ways to sign in: the settings that each needs."""


class ScimSettings(BaseModel):
    """Where the server is, what it is like, and how to sign in."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: Text = Field(
        description="The address below which `/Users` is, as the vendor gives it to identity providers."
    )
    profile: Text = Field(
        default="rfc",
        description="What is special about the server: `rfc` for one that keeps the standard, or the path of a file; "
        "see [profiles](../reference/profile.md).",
    )
    bearer_token: SecretStr | None = Field(default=None, description="A token that does not change.")
    username: Text | None = Field(default=None, description="Instead of it: a login, for HTTP Basic.")
    password: SecretStr | None = Field(default=None, description="The password of that login.")
    token_url: Text | None = Field(
        default=None, description="Instead of both: where a token of OAuth 2 is fetched, by client credentials."
    )
    client_id: Text | None = Field(default=None, description="The client that fetches it.")
    client_secret: SecretStr | None = Field(default=None, description="That client's secret.")
    jwt: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="An assertion for which the token is fetched (RFC 7523), instead of the client's own.",
    )
    client_in: Literal["header", "body"] = Field(
        default="header", description="Where the token's server expects client and secret: `header` (Basic) or `body`."
    )
    scope: str = Field(default="", description="The scope of the token, if its server wants one.")
    own_account: str = Field(
        default="",
        description="The `userName` of the account behind these credentials, if it is one of the server's users: it is "
        "never disabled, renamed or deleted.",
    )
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds for one attempt.")

    @field_validator("base_url", "token_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it must be an address that starts with https://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address has no login, no question mark and no hash here")
        return value.strip().rstrip("/")

    @field_validator("profile")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            load(_file(value))
        except ProfileError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("jwt")
    @classmethod
    def _one_way_in(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        names = frozenset[str]().union(*WAYS)
        if not names - {"jwt"} <= info.data.keys():
            return value  # another one is faulty, and its fault is told
        given = {name for name in names if (value if name == "jwt" else info.data[name]) is not None}
        if given not in WAYS:
            raise ValueError(
                "sign in by bearer_token alone, by username and password, or by token_url, client_id and "
                f"client_secret (and jwt); given are {', '.join(sorted(given)) or 'none of them'}"
            )
        return value

    @field_validator("bearer_token", "password", "client_secret", "jwt")
    @classmethod
    def _usable(cls, value: SecretStr | None) -> SecretStr | None:
        text = None if value is None else value.get_secret_value()
        if text is not None and (not text.isascii() or not text.isprintable() or text.strip() != text or not text):
            raise ValueError("a secret is not empty, in ASCII and without blanks around it")
        return value

    @cached_property
    def likeness(self) -> Profile:
        """The profile."""
        return load(_file(self.profile))

    def credentials(self) -> Credentials:
        """What signs the calls."""
        if self.bearer_token is not None:
            return bearer(self.bearer_token.get_secret_value())
        if self.username is not None and self.password is not None:
            return basic(self.username, self.password.get_secret_value())
        form = {"grant_type": "client_credentials"}
        if self.jwt is not None:
            form = {"grant_type": JWT_GRANT, "assertion": self.jwt.get_secret_value()}
        form |= {"scope": self.scope} if self.scope else {}
        secret = self.client_secret.get_secret_value() if self.client_secret else ""
        client = (self.client_id or "", secret)
        return Granted(self.token_url or "", form, client, client_in=self.client_in, timeout=self.timeout)


def _file(profile: str) -> Path:
    """The file of a profile: one that lies beside the adapter's own, by its name, or any other."""
    shipped = PROFILES / f"{profile}.toml"
    return shipped if re.fullmatch(r"[\w-]+", profile) and shipped.is_file() else Path(profile)
