"""Kintone (cybozu.com): users and groups over the User API.

Calls to Kintone per verb:

    User   find by login               1   GET users, every spelling in one call
           find, one page of all       1   GET users; and an empty one at the end
           get                         1   GET users
           create                      3   POST users, PUT users/services, GET users; 2 without `services`
           update of other fields      1   PUT users, of however many fields, enabling and disabling included
           update of the login         1   PUT users/codes
           update of both              2   the login last, or first when enabling
           update after a cut create   2   more: GET and PUT users/services; 1 when nothing is lacking
           delete                      1   DELETE users
    Group  find, one page of all       1   GET groups; and an empty one at the end
           get                         1   GET groups; and one for each 100 members and an empty one, when asked for
           create                      2   POST groups, GET groups; and the members as below
           update of the name          1   PUT groups
           amend                       2   for each member: GET and PUT user/groups, 1 when it is so already;
                                           and GET users for each 100 added, and for each 100 removed
           delete                      1   DELETE groups
           check                       1   GET users

Writes name users and groups by their codes: a record that was not read in the last 20 seconds is read before
it is changed. All calls but a create may be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from scim_adapter import Adapter, Ask, Resource
from scim_adapter.http import Http

from .api import Api, credentials
from .groups import Groups
from .logins import Codes
from .membership import Membership
from .settings import KintoneSettings
from .users import Users

__all__ = ["KintoneAdapter", "KintoneSettings", "adapter"]


class KintoneAdapter(Adapter[KintoneSettings]):
    """One site of cybozu.com."""

    Settings = KintoneSettings

    def __init__(self, settings: KintoneSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(settings)
        headers = {"Accept": "application/json", **credentials(settings)}
        self._http = Http(settings.base_url, headers=headers, timeout=settings.timeout, transport=transport)
        self._api = Api(self._http)
        self.users = Users(self._api, Codes(self._api, "users"), settings)
        self.groups = Groups(self._api, Membership(self._api, settings.login))

    def resources(self) -> Sequence[Resource]:
        """Users, and groups unless the settings say otherwise; organizations are left out."""
        return [self.users, self.groups] if self.settings.groups else [self.users]

    async def check(self) -> None:
        """Sign in and read one user."""
        ask = Ask(deadline=time.monotonic() + self.settings.timeout)
        await self._api.read("users", {"size": 1}, ask)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


adapter = KintoneAdapter
