"""Any server that speaks SCIM 2.0, well or badly: what is special about it is data, in a profile.

Calls to the server per verb, beside one to the token's server per token:

    find, one value or a page   1   two for a value in two spellings, where the server minds case (`eq-exact`)
    get                         1
    create                      1   2 where the server ignores `active` in a create and the account is disabled
    update                      1   0 where the server shows the values already
    amend                       1   for each 100 members (`members.batch`); 2 more where it refuses a repetition
    delete                      1
    check                       3   a search for nobody, /ServiceProviderConfig, /Schemas

A PATCH, PUT or DELETE that was not answered is repeated, a POST is not.
"""

from __future__ import annotations

import httpx

from scim_adapter.scim_backend import ScimBackend

from .settings import ScimSettings

__all__ = ["ScimAdapter", "ScimSettings", "adapter"]


class ScimAdapter(ScimBackend[ScimSettings]):
    """One SCIM server."""

    Settings = ScimSettings

    def __init__(self, settings: ScimSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(
            settings,
            settings.likeness,
            settings.base_url,
            settings.credentials(),
            own_account=settings.own_account,
            timeout=settings.timeout,
            transport=transport,
        )


adapter = ScimAdapter
