"""The settings of a RingCentral connection."""

from __future__ import annotations

from typing import Annotated, Literal

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from scim_adapter.scim_backend import JWT_GRANT, Credentials, Granted, address, bearer
from scim_adapter.scim_backend.typed import token

MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]
Secret = Annotated[SecretStr | None, AfterValidator(lambda value: value and token(value))]
CLIENT = ("client_id", "client_secret", "jwt")


def _server(text: str) -> str:
    """The server's address; the Tenant URL of RingCentral's own tutorial is understood too."""
    found = address(address(text).removesuffix("/scim/v2"))
    if found.count("/") > 2:
        raise ValueError("it must be https://HOST, without a path")
    return found.lower()


class RingCentralSettings(BaseModel):
    """Which server, with which credentials, and what people are called there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    server: Annotated[str, AfterValidator(_server)] = Field(
        default="https://platform.ringcentral.com",
        description="RingCentral's server; its sandbox has another one. The Tenant URL of RingCentral's own tutorial "
        "will do.",
    )
    scim_token: Secret = Field(
        default=None, description="The SCIM Authentication Token, which RingCentral gives for directory integration."
    )
    client_id: MaybeText | None = Field(
        default=None, description="Instead of it: the client id of an application with JWT auth flow."
    )
    client_secret: Secret = Field(default=None, description="That application's client secret.")
    jwt: Secret = Field(
        default=None,
        validate_default=True,
        description="A JWT credential of an administrator for that application; tokens are fetched with it.",
    )
    user_name: Literal["email", "keep"] = Field(
        default="email",
        description="RingCentral's login is the work e-mail address. `email`: a `userName` that differs from it is "
        "refused. `keep`: the `userName` is kept in the identity map, for sign-in names that are no e-mail addresses.",
    )
    countries: Literal["codes", "names"] = Field(
        default="codes",
        description="How Entra spells countries: `codes` such as `US`, or `names` such as `United States`. Both are "
        "understood and compared; it is what Entra is shown.",
    )
    own_account: MaybeText = Field(
        default="",
        description="The e-mail address of the administrator behind these credentials, if it is one of the users: it "
        "is never disabled, renamed or deleted.",
    )
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds for one attempt.")

    @field_validator("jwt")
    @classmethod
    def _one_way_in(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not {"scim_token", *CLIENT[:2]} <= info.data.keys():
            return value  # another one is faulty, and its fault is told
        given = [name for name in ("scim_token", *CLIENT) if (value if name == "jwt" else info.data[name])]
        if given not in (["scim_token"], list(CLIENT)):
            told = ", ".join(given) or "none of them"
            raise ValueError(f"sign in by scim_token alone, or by client_id, client_secret and jwt; given are {told}")
        return value

    def credentials(self, transport: httpx.AsyncBaseTransport | None = None) -> Credentials:
        """What signs the calls."""
        if self.scim_token is not None:
            return bearer(self.scim_token.get_secret_value())
        form = {"grant_type": JWT_GRANT, "assertion": self.jwt.get_secret_value() if self.jwt else ""}
        client = (self.client_id or "", self.client_secret.get_secret_value() if self.client_secret else "")
        url = f"{self.server}/restapi/oauth/token"
        return Granted(url, form, client, timeout=self.timeout, transport=transport)
