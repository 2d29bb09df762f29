"""RICOH Smart Integration (RICOH Cloud Service): users, and groups if they are wanted, over one tenant's endpoint.

Calls to RICOH per verb: those of `scim_adapter.scim_backend.records`.

    find, one value or a page   1   GET Users; where RICOH does not search by a login, the whole list: 1 for each 100
    get                         1   GET Users/{id}
    create                      1   POST Users; 2 where the answer does not say who was made
    update                      1   PATCH Users/{id}; 0 when the values are there already; PUT where PATCH is refused
    amend                       1   for each 100 members
    delete                      1   DELETE Users/{id}
    check                       3   a search for nobody, ServiceProviderConfig, Schemas

A PATCH, PUT or DELETE that was not answered is repeated, a POST is not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from scim_adapter.scim_backend import Profile, ScimBackend, bearer, load

from .settings import RicohSettings

__all__ = ["RicohAdapter", "RicohSettings", "adapter"]


class RicohAdapter(ScimBackend[RicohSettings]):
    """One tenant."""

    Settings = RicohSettings

    def __init__(self, settings: RicohSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(
            settings,
            profile(settings),
            settings.endpoint,
            bearer(settings.access_token.get_secret_value()),
            own_account=settings.own_account,
            timeout=settings.timeout,
            transport=transport,
        )


def profile(settings: RicohSettings) -> Profile:
    """The profile of RICOH with the attributes that this tenant's settings screen lists."""
    shipped = load(Path(__file__).with_name("profile.toml"))
    users = replace(shipped.users, rows=(*shipped.users.rows, *settings.extra_rows))
    return replace(shipped, users=users, groups=shipped.groups if settings.sync_groups else None)


adapter = RicohAdapter
