"""The users of a company in Replicon."""

from __future__ import annotations

from typing import Any, ClassVar

from scim_adapter import (
    AdapterError,
    Ask,
    Can,
    Change,
    Denied,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Unavailable,
)

from .deleting import delete
from .fields import fields
from .modifications import creation, modification
from .names import DisplayNames
from .reading import EMAIL, IDENTIFIERS, Reader
from .services import Services
from .settings import RepliconSettings

WRITE = "ImportService2.svc/CreateUserOrApplyModifications"
ENABLE = "SecurityService1.svc/EnableLogin"
DISABLE = "SecurityService1.svc/DisableLogin"


class Users(Resource):
    """Users, disabled ones included. Replicon deletes only who has no data."""

    type: ClassVar[str] = "User"
    key = "uri"
    can = Can(
        filter={name: frozenset({"eq-exact"}) for name in (*IDENTIFIERS, EMAIL)}, partial=True, repeatable_create=True
    )

    def __init__(self, services: Services, settings: RepliconSettings) -> None:
        self.services, self.settings = services, settings
        self.fields = fields(settings)
        self._reader = Reader(services, settings.display_name)
        self._names = DisplayNames(settings.display_name)

    async def find(self, query: Query) -> Page:
        """By login, uri or employee id in one call, by e-mail address in two; else all users, two calls a page."""
        for field in (*IDENTIFIERS, EMAIL):
            values = [str(value) for value in query.values(field) if value not in (None, "")]
            if values and field == EMAIL:
                return Page(await self._reader.with_email(values, query.ask))
            if values:
                return Page(await self._reader.identified(field, values, query.ask))
        return await self._reader.listed(query)

    async def get(self, get: Get) -> Native:
        """The user with this uri."""
        for record in await self._reader.identified("uri", [get.key], get.ask):
            return record
        raise NotFound("Replicon has no such user.")

    async def create(self, new: New) -> str:
        """Create a user and answer with its uri; who is to be disabled is then disabled by a call of its own."""
        request = creation(new.record, self.settings, new.ask)
        try:
            uri = _created(await self.services.call(WRITE, request, new.ask, "create"))
        except Invalid as error:
            raise _explained(error, new.record) from None
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
        request = modification(change, self.settings, self._names)
        enabled = _switch(change)
        if enabled is False and request is not None and "employmentDateRange" in request["modifications"]:
            await self._end(change, request)
            return
        if enabled is False:
            await self._login(DISABLE, change.key, change.ask)
        if request is not None:
            await self._write(change, request)
        if enabled is True:
            await self._login(ENABLE, change.key, change.ask)

    async def _end(self, change: Change, request: dict[str, Any]) -> None:
        """Write the last day before disabling: a repeat of the change finds what to do by the login's state alone. What
        Replicon refuses for good does not keep anybody's access."""
        refused: AdapterError | None = None
        try:
            await self._write(change, request)
        except Unavailable:
            raise
        except AdapterError as error:
            refused = error
        await self._login(DISABLE, change.key, change.ask)
        if refused is not None:
            raise refused

    async def _write(self, change: Change, request: dict[str, Any]) -> None:
        try:
            await self.services.call(WRITE, request, change.ask, "change")
        except Invalid as error:
            raise _explained(error, change.set) from None
        if "displayName" in request["modifications"]:
            self._names.written(change.key, change.before, change.set["displayText"])

    async def delete(self, gone: Gone) -> None:
        """Delete a user for good; Replicon does so only with users that have no data."""
        await delete(self._reader, gone.key, gone.ask)

    async def _login(self, operation: str, uri: str, ask: Ask) -> None:
        await self.services.call(operation, {"userUri": uri}, ask, "change")

    def own(self, record: Native) -> bool:
        """Whether this is the user by whom the gateway signs in."""
        return str(record.get("loginName")).casefold() == self.settings.username.casefold()


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


def _explained(error: Invalid, values: Native) -> Invalid:
    """What to do about a department that Replicon does not have: the client's own word for it helps to find it."""
    name = values.get("department")
    if error.field != "department" or not isinstance(name, str):
        return error
    return Invalid(f'Replicon does not take the department "{name[:100]}"; make it there first', field="department")
