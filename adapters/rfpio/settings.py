"""The settings of an RFPIO connection."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from scim_adapter.scim_backend import Token, address

MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]
PATH = "/rfpserver/scim/v2"
TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class RfpioSettings(BaseModel):
    """Which tenant, with which token, and what its new users get."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(
        description="The tenant's name, such as `acme`, or its address, such as `https://acme.rfpio.com/rfpserver/scim/v2`.",
        examples=["acme"],
    )
    scim_token: Token = Field(description="The SCIM API token, which RFPIO shows once.")
    default_role: MaybeText = Field(
        default="",
        description="The role of new users for whom Entra sends none, such as `TEAM_MEMBER`; empty: the tenant's "
        "*Default User Role*. RFPIO takes a role when a user is created and never again.",
    )
    business_unit: MaybeText = Field(
        default="",
        description="The business unit of new users for whom Entra sends no cost center; empty: the tenant's *Default "
        "Business Unit*. It cannot be changed later either.",
    )
    own_account: MaybeText = Field(
        default="",
        description="The e-mail address of the administrator who owns the token: it is never disabled or deleted.",
    )
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds for one attempt.")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        value = value.strip()
        if TENANT.fullmatch(value):
            return f"https://{value.lower()}.rfpio.com{PATH}"
        if "." not in value and "://" not in value:
            raise ValueError("it must be the tenant's name, or https://TENANT.rfpio.com/rfpserver/scim/v2")
        checked = address(value if "://" in value else f"https://{value}")
        return checked if urlsplit(checked).path else f"{checked}{PATH}"
