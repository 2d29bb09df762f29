"""Replicon (Deltek Replicon): users over its JSON web services.

Calls to Replicon per verb, beside one discovery per hour (none where `domain` names a host):

    find by login, uri or employee id   1   BulkGetUsers3, every spelling in one call (*)
    find by e-mail address              2   GetData for each spelling, BulkGetUsers3; 1 when nobody has it
    find, one page of all users         2   GetData, BulkGetUsers3 (*); 1 for the empty page at the end
    get                                 1   BulkGetUsers3
    create                              1   CreateUserOrApplyModifications; 2 when disabled (DisableLogin)
    update of other fields              1   CreateUserOrApplyModifications, of however many fields
    update of loginEnabled              1   EnableLogin or DisableLogin
    update of both                      2   disabling first, enabling last; also of the login with `end_date_on_disable`
    delete                              3   CreateUserDeleteBatch, ExecuteUserDeleteBatch, BulkGetUsers3
    check                               1   GetMyActualUserIdentity

With `create_access_token` the first call of a process is preceded by CreateAccessToken2.

(*) More only where Replicon refuses a whole batch because of one user that it does not know: then it is asked for
the halves.

Every call is repeatable: `unitOfWorkId` follows the client's operation.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from scim_adapter import Adapter, Ask, Denied, Resource, Unavailable
from scim_adapter.http import Http

from .account import Account
from .discovery import Tenant
from .services import Services
from .settings import RepliconSettings
from .users import Users

__all__ = ["RepliconAdapter", "RepliconSettings", "adapter"]

WHO_AM_I = "UserAccessControlService1.svc/GetMyActualUserIdentity"


class RepliconAdapter(Adapter[RepliconSettings]):
    """One company in Replicon."""

    Settings = RepliconSettings

    def __init__(self, settings: RepliconSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(settings)
        headers = {"Accept": "application/json", "X-Replicon-Application": settings.application_name}
        account = Account(settings)
        self._directory = Http(headers=headers, timeout=settings.timeout, transport=transport)
        self._http = Http(headers=headers, auth=account, timeout=settings.timeout, transport=transport)
        self._services = Services(Tenant(settings, self._directory), self._http, account)
        self._users = Users(self._services, settings)

    def resources(self) -> Sequence[Resource]:
        """Users only: departments and the like are no lists of members."""
        return [self._users]

    async def check(self) -> None:
        """Find the company and sign in."""
        ask = Ask(deadline=time.monotonic() + self.settings.timeout)
        identity = await self._services.call(WHO_AM_I, {}, ask)
        if not isinstance(identity, dict) or not identity.get("uri"):
            raise Unavailable("Replicon did not say as whom the gateway signs in.")
        login = identity.get("loginName")
        if isinstance(login, str) and login.casefold() != self.settings.username.casefold():
            raise Denied("Replicon knows the gateway as somebody else than username says; the token is another user's.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._directory.aclose()
        await self._http.aclose()


adapter = RepliconAdapter
