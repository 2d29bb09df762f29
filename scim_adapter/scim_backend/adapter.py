"""The adapter of one SCIM server: a profile, an address and credentials."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from typing import ClassVar, TypeVar

import httpx
from pydantic import BaseModel

from scim_adapter.contract import Ask, Condition, Query
from scim_adapter.resource import Adapter, Resource
from scim_adapter.scim_backend.calls import Calls
from scim_adapter.scim_backend.credentials import Credentials
from scim_adapter.scim_backend.discovery import differences
from scim_adapter.scim_backend.membership import Amendable
from scim_adapter.scim_backend.profile import Kind, Profile
from scim_adapter.scim_backend.records import Deletable, Records

S = TypeVar("S", bound=BaseModel)
log = logging.getLogger(__name__)


class _Users(Records):
    """Users of a server that deletes nobody."""

    type: ClassVar[str] = "User"


class _DeletableUsers(_Users, Deletable):
    """Users."""


class _Groups(Records):
    """Groups of a server that deletes none; their members are written as a whole list."""

    type: ClassVar[str] = "Group"


class _DeletableGroups(_Groups, Deletable):
    """Groups whose members are written as a whole list."""


class _AmendableGroups(_Groups, Amendable):
    """Groups of a server that deletes none."""


class _FullGroups(_DeletableGroups, Amendable):
    """Groups."""


def resource(kind: Kind, calls: Calls, own_account: str = "") -> Records:
    """The resource of one type, which declares what the server has."""
    profile = calls.profile
    if kind.type == "User":
        return (_DeletableUsers if profile.delete else _Users)(kind, calls, own_account)
    members = any(row.path == "members" for row in kind.rows)
    if members and profile.update != "put":
        return (_FullGroups if profile.delete else _AmendableGroups)(kind, calls)
    return (_DeletableGroups if profile.delete else _Groups)(kind, calls)


class ScimBackend(Adapter[S]):
    """One server that speaks SCIM in the way that a profile describes.

    An adapter for one vendor's server inherits from it: it reads its profile from a file beside itself, and makes
    address and credentials of its own settings:

        class AcmeAdapter(ScimBackend[AcmeSettings]):
            Settings = AcmeSettings

            def __init__(self, settings: AcmeSettings) -> None:
                address = f"https://{settings.tenant}.acme.example/scim/v2"
                profile = load(Path(__file__).with_name("profile.toml"))
                super().__init__(settings, profile, address, bearer(settings.scim_token.get_secret_value()))
    """

    def __init__(
        self,
        settings: S,
        profile: Profile,
        base_url: str,
        credentials: Credentials,
        *,
        own_account: str = "",
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings)
        self.profile, self.timeout = profile, timeout
        self.calls = Calls(base_url, profile, credentials, timeout=timeout, transport=transport)
        kinds = [kind for kind in (profile.users, profile.groups) if kind is not None]
        self._resources = [resource(kind, self.calls, own_account) for kind in kinds]

    def resources(self) -> Sequence[Resource]:
        """Users, and groups where the profile has them."""
        return self._resources

    async def check(self) -> None:
        """Search for somebody who cannot be there, as Test Connection does, and log what discovery says otherwise."""
        users, ask = self._resources[0], self._ask()
        filters = users.table.filters
        where = (Condition(next(iter(filters)), "eq", (str(uuid.uuid4()),)),) if filters else ()
        await users.find(Query(where, limit=1, ask=ask))
        for sentence in await self.differences():
            log.warning("%s", sentence)

    async def differences(self) -> list[str]:
        """Where the server's own discovery and the profile do not agree; empty where it has none. Two calls."""
        return await differences(self.calls, self.profile, self._ask())

    def _ask(self) -> Ask:
        return Ask(deadline=time.monotonic() + self.timeout)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.calls.aclose()
