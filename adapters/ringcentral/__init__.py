"""RingCentral: users over its SCIM interface, within its rates.

Calls to RingCentral per verb:

    find, one login or a page   1   GET Users, Light
    get                         1   GET Users/{id}, Light
    create                      1   POST Users, Heavy
    update                      1   PATCH Users/{id}, or PUT when the phone or the address changes, Heavy; 0 when the
                                    values are there already
    delete                      1   DELETE Users/{id}, Heavy
    check                       3   a search for nobody, ServiceProviderConfig, Schemas
    a token, by JWT             1   POST restapi/oauth/token, Auth, once an hour or so

Light are 50 calls a minute, Heavy 10, Auth 5. A PATCH, PUT or DELETE that was not answered is repeated, a POST is not.
"""

from __future__ import annotations

import httpx

from scim_adapter.scim_backend import ScimBackend

from .likeness import fields, profile
from .settings import RingCentralSettings

__all__ = ["RingCentralAdapter", "RingCentralSettings", "adapter"]


class RingCentralAdapter(ScimBackend[RingCentralSettings]):
    """One account."""

    Settings = RingCentralSettings

    def __init__(self, settings: RingCentralSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(
            settings,
            profile(),
            f"{settings.server}/scim/v2",
            settings.credentials(transport),
            own_account=settings.own_account,
            timeout=settings.timeout,
            transport=transport,
        )
        [users] = self.resources()
        users.fields = fields(users.fields, settings)


adapter = RingCentralAdapter
