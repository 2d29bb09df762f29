"""The users of a cybozu.com site."""

from __future__ import annotations

from typing import ClassVar

from scim_adapter import (
    AdapterError,
    Ask,
    Can,
    Change,
    Denied,
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

from .api import Api
from .fields import fields
from .logins import Codes, findable, moved
from .records import password, record, records, written
from .settings import KintoneSettings


class Users(Resource):
    """Users, disabled ones included.

    Every update says whether the user is enabled: left out, Kintone takes it for yes. So an update replaces more than
    what changed (`partial=False`), and the engine lets one writer at a time do it.
    """

    type: ClassVar[str] = "User"
    key = "id"
    can = Can(filter={"code": frozenset({"eq-exact"})}, partial=False)

    def __init__(self, api: Api, codes: Codes, settings: KintoneSettings) -> None:
        self.api, self.settings = api, settings
        self.fields = fields(settings)
        self._codes = codes

    async def find(self, query: Query) -> Page:
        """By login, every spelling in one call; else a page of all users."""
        logins = [str(value) for value in query.values("code") if value not in (None, "")]
        if logins:
            return Page(records(await self.api.having("users", "codes", logins, query.ask)))
        page = await self.api.page("users", query)
        return Page(records(page.records), next=page.next)

    async def get(self, get: Get) -> Native:
        """The user with this id."""
        return record(await self._codes.record(get.key, get.ask))

    # -- creating ----------------------------------------------------------------------------------------------------

    async def create(self, new: New) -> Native:
        """Create a user with a password that nobody learns, assign the services, and read what was made."""
        code = findable(str(new.record["code"]), "code")
        defaults = {"locale": self.settings.default_locale, "timezone": self.settings.default_timezone}
        user = {name: value for name, value in defaults.items() if value} | written(new.record, {})
        user |= {"code": code, "password": password(self.settings.password_length)}
        await self.api.write("POST", "users", {"users": [user]}, new.ask, repeatable=False)
        await self._assign(code, new.ask)
        return await self._made(code, new.ask)

    async def _made(self, code: str, ask: Ask) -> Native:
        for user in await self.api.having("users", "codes", [code], ask):
            if user.get("code") == code and user.get("id"):
                self._codes.remember(str(user["id"]), code)
                return record(user)
        raise Unavailable("Kintone does not show the user yet that it has made.")

    async def _assign(self, code: str, ask: Ask, held: tuple[str, ...] = ()) -> None:
        """Assign the services beside those that the user has. A refusal here does not undo the create."""
        wanted = [*held, *(service for service in self.settings.services if service not in held)]
        if len(wanted) == len(held):
            return
        content = {"users": [{"code": code, "services": wanted}]}
        try:
            await self.api.write("PUT", "users/services", content, ask)
        except (Denied, Unavailable):
            raise
        except AdapterError as error:
            raise Unavailable("Kintone created the user and then refused to assign the services.") from error

    # -- changing ----------------------------------------------------------------------------------------------------

    async def update(self, change: Change) -> None:
        """Write what differs; who is enabled is renamed before, so that enabling comes last."""
        code = await self._codes.of(change.key, change.ask)
        new = findable(str(change.set["code"]), "code") if change.set.get("code") else code
        if change.fresh and self.settings.services:
            await self._assign(code, change.ask, await self._services(code, change.ask))
        if change.set.get("valid") is True:
            await self._rename(change, code, new)
            await self._write(change, new)
        else:
            await self._write(change, code)
            await self._rename(change, code, new)

    async def _services(self, code: str, ask: Ask) -> tuple[str, ...]:
        for user in await self.api.having("users/services", "codes", [code], ask):
            if user.get("code") == code:
                return tuple(map(str, user.get("services") or ()))
        return ()

    async def _write(self, change: Change, code: str) -> None:
        values = written(change.set, change.before)
        valid = values.pop("valid", "")
        if not values and valid == "":
            return
        valid = change.before.get("valid") if valid == "" else valid
        if not isinstance(valid, bool):
            raise Unavailable("Kintone does not say whether this user is enabled; an update could enable it.")
        content = {"users": [{**values, "code": code, "valid": valid}]}
        try:
            await self.api.write("PUT", "users", content, change.ask)
        except NotFound:
            raise moved() from None

    async def _rename(self, change: Change, code: str, new: str) -> None:
        if new == code:
            return
        content = {"codes": [{"currentCode": code, "newCode": new}]}
        try:
            await self.api.write("PUT", "users/codes", content, change.ask)
        except NotFound:  # perhaps it is done, and the answer to the first attempt was lost: that is read, too
            raise moved() from None

    async def delete(self, gone: Gone) -> None:
        """Delete a user for good."""
        code = await self._codes.of(gone.key, gone.ask)
        try:
            await self.api.write("DELETE", "users", {"codes": [code]}, gone.ask)
        except NotFound:
            raise moved() from None
        self._codes.forget(gone.key)

    def own(self, record: Native) -> bool:
        """Whether this is the user by whom the gateway signs in; a token belongs to nobody."""
        return bool(self.settings.login) and str(record.get("code")).casefold() == self.settings.login.casefold()
