"""The users of a company in Replicon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from scim_adapter import (
    AdapterError,
    Ask,
    Can,
    Change,
    Denied,
    Field,
    Get,
    Gone,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Unavailable,
)

from .deleting import delete
from .modifications import NO_NAME, creation, family_name, given_name, modification
from .reading import EMAIL, IDENTIFIERS, identified, listed, with_email
from .services import Services

WRITE = "ImportService2.svc/CreateUserOrApplyModifications"
ENABLE = "SecurityService1.svc/EnableLogin"
DISABLE = "SecurityService1.svc/DisableLogin"


def _family_name(value: str) -> str | None:
    return None if value == NO_NAME else value


def _enabled(record: Native) -> bool:
    return True


class Users(Resource):
    """Users, disabled ones included. Replicon deletes only who has no data."""

    type: ClassVar[str] = "User"
    key = "uri"
    fields: Mapping[str, Field | str] = {
        "userName": Field("loginName", required=True, unique="backend"),
        "active": Field("loginEnabled", default=_enabled),
        "displayName": "displayText",
        "name.givenName": Field("firstName", required=True, default=given_name),
        "name.familyName": Field("lastName", read=_family_name, default=family_name),
        'emails[type eq "work"].value': "emailAddress",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": Field(
            "employeeId", unique="backend"
        ),
    }
    can = Can(
        filter={name: frozenset({"eq-exact"}) for name in (*IDENTIFIERS, EMAIL)}, partial=True, repeatable_create=True
    )

    def __init__(self, services: Services, username: str) -> None:
        self.services, self.username = services, username

    async def find(self, query: Query) -> Page:
        """By login, uri or employee id in one call, by e-mail address in two; else all users, two calls a page."""
        for field in (*IDENTIFIERS, EMAIL):
            values = [str(value) for value in query.values(field) if value not in (None, "")]
            if values and field == EMAIL:
                return Page(await with_email(self.services, values, query.ask))
            if values:
                return Page(await identified(self.services, field, values, query.ask))
        return await listed(self.services, query)

    async def get(self, get: Get) -> Native:
        """The user with this uri."""
        for record in await identified(self.services, "uri", [get.key], get.ask):
            return record
        raise NotFound("Replicon has no such user.")

    async def create(self, new: New) -> str:
        """Create a user and answer with its uri; who is to be disabled is then disabled by a call of its own."""
        uri = _created(await self.services.call(WRITE, creation(new.record, new.ask), new.ask, "create"))
        if new.record.get("loginEnabled") is False:
            await self._disable_new(uri, new.ask)
        return uri

    async def _disable_new(self, uri: str, ask: Ask) -> None:
        """Replicon may take a new user and not that it is disabled. A refusal here does not undo the create."""
        try:
            await self._login(DISABLE, uri, ask)
        except (Denied, Unavailable):
            raise
        except AdapterError as error:
            raise Unavailable("Replicon created the user and then refused to disable it.") from error

    async def update(self, change: Change) -> None:
        """Write what differs; who loses access loses it first, who gets it gets it last."""
        request = modification(change)
        enabled = _switch(change)
        if enabled is False:
            await self._login(DISABLE, change.key, change.ask)
        if request is not None:
            await self.services.call(WRITE, request, change.ask, "change")
        if enabled is True:
            await self._login(ENABLE, change.key, change.ask)

    async def delete(self, gone: Gone) -> None:
        """Delete a user for good; Replicon does so only with users that have no data."""
        await delete(self.services, gone.key, gone.ask)

    async def _login(self, operation: str, uri: str, ask: Ask) -> None:
        await self.services.call(operation, {"userUri": uri}, ask, "change")

    def own(self, record: Native) -> bool:
        """Whether this is the user by whom the gateway signs in."""
        return str(record.get("loginName")).casefold() == self.username.casefold()


def _switch(change: Change) -> bool | None:
    """Whether to enable or disable the login, or neither. After a create of unknown outcome disabling is repeated."""
    if change.set.get("loginEnabled") is not None:
        return bool(change.set["loginEnabled"])
    return False if change.fresh and change.after.get("loginEnabled") is False else None


def _created(result: Any) -> str:
    user = result.get("user") if isinstance(result, dict) else None
    uri = user.get("uri") if isinstance(user, dict) else None
    if not isinstance(uri, str) or not uri:
        raise Unavailable("Replicon did not name the user that it created.")
    return uri
