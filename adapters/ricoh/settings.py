"""The settings of a RICOH connection."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from scim_adapter.scim_backend import Address, ProfileError, Row, Token, read

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
REQUIRED = ("externalId", "userName", "active", 'emails[type eq "work"].value')


class RicohSettings(BaseModel):
    """The endpoint and the token of a tenant, and what it takes beyond the four required attributes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    endpoint: Address = Field(
        description="The endpoint that the screen *Microsoft Entra ID (Azure AD) Automatic User Synchronization "
        "Settings* shows."
    )
    access_token: Token = Field(description="The access token that is issued on the same screen.")
    extra_attributes: tuple[Text, ...] = Field(
        default=(),
        description="SCIM paths that are sent beside the four required ones, as far as the screen lists them; see "
        "[attributes](#attributes).",
    )
    sync_groups: bool = Field(
        default=False, description="`true`: groups are offered, where RICOH has them switched on."
    )
    own_account: str = Field(
        default="",
        description="The `userName` of an administrator who is among the users: it is never disabled, renamed or "
        "deleted.",
    )
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds for one attempt.")

    @field_validator("extra_attributes")
    @classmethod
    def _paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for path in value:
            if path in REQUIRED:
                raise ValueError(f"{path} is sent anyway")
        if len(set(value)) < len(value):
            raise ValueError("an attribute is there twice")
        try:
            _rows(value)
        except ProfileError as error:
            raise ValueError(str(error)) from None
        return value

    @property
    def extra_rows(self) -> tuple[Row, ...]:
        """The rows of the profile that these attributes are."""
        return _rows(self.extra_attributes)


def _rows(paths: tuple[str, ...]) -> tuple[Row, ...]:
    rows: dict[str, Any] = {path: {} for path in ("userName", *paths)}
    return read({"name": "RICOH", "users": {"attributes": rows}}).users.rows[1:]
