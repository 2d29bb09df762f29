"""RFPIO, now called Responsive: users over the SCIM endpoint of one tenant.

Calls to RFPIO per verb: those of `scim_adapter.scim_backend.records`.

    find, one login or a page   1   GET Users
    get                         1   GET Users/{id}
    create                      1   POST Users
    update                      1   PATCH Users/{id}; 0 when the values are there already; PUT where PATCH is refused
    delete                      1   DELETE Users/{id}
    check                       3   a search for nobody, ServiceProviderConfig, Schemas

A PATCH, PUT or DELETE that was not answered is repeated, a POST is not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from scim_adapter.scim_backend import Profile, ScimBackend, bearer, load

from .settings import RfpioSettings

__all__ = ["RfpioAdapter", "RfpioSettings", "adapter"]
COST_CENTER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter"


class RfpioAdapter(ScimBackend[RfpioSettings]):
    """One tenant."""

    Settings = RfpioSettings

    def __init__(self, settings: RfpioSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(
            settings,
            profile(settings),
            settings.base_url,
            bearer(settings.scim_token.get_secret_value()),
            own_account=settings.own_account,
            timeout=settings.timeout,
            transport=transport,
        )


def profile(settings: RfpioSettings) -> Profile:
    """The profile of RFPIO with what new users of this tenant get."""
    shipped = load(Path(__file__).with_name("profile.toml"))
    defaults: dict[str, Any] = {
        "roles": [{"value": settings.default_role}] if settings.default_role else None,
        COST_CENTER: settings.business_unit or None,
    }
    rows = (replace(row, default=defaults.get(row.path, row.default)) for row in shipped.users.rows)
    return replace(shipped, users=replace(shipped.users, rows=tuple(rows)))


adapter = RfpioAdapter
