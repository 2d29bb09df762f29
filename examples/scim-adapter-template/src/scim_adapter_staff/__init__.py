"""The Staff API, version 2: people over HTTP.

Calls for each verb: find 1 (a page), get 1, create 1, update 1, delete 1, check 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from scim_adapter import Adapter, Ask, Can, Change, Get, Gone, Native, New, Page, Query, Resource, Unavailable
from scim_adapter.http import Http, checked
from scim_adapter_staff.fields import FIELDS


class StaffSettings(BaseModel):
    """How to reach one company's Staff API."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: str = Field(pattern=r"^https?://[^/\s]+$", description="Where it is: `https://HOST`, without a path.")
    token: SecretStr = Field(min_length=1, description="An API token of an administrator.")


class People(Resource):
    """The people of one company."""

    type: ClassVar[str] = "User"
    key = "id"
    fields = FIELDS
    can = Can(filter={"login": frozenset({"eq"})}, offset=True, repeatable_create=True)

    def __init__(self, http: Http) -> None:
        self.http = http

    async def find(self, query: Query) -> Page:
        window = {"offset": query.offset, "limit": query.limit, "login": list(query.values("login"))}
        found = await self._call("GET", "/staff", query.ask, repeatable=True, params=window)
        if not isinstance(found.get("items"), list):
            raise Unavailable("The Staff API gave a page that cannot be read.")
        return Page(found["items"], total=found.get("total"))

    async def get(self, get: Get) -> Native:
        return await self._call("GET", _path(get.key), get.ask, repeatable=True)

    async def create(self, new: New) -> Native:
        once = {"Idempotency-Key": new.ask.op} if new.ask.op else {}
        return await self._call("POST", "/staff", new.ask, repeatable=bool(once), json=new.record, headers=once)

    async def update(self, change: Change) -> Native:
        return await self._call("PATCH", _path(change.key), change.ask, repeatable=True, json=change.set)

    async def delete(self, gone: Gone) -> None:
        checked(await self.http.send("DELETE", _path(gone.key), ask=gone.ask))

    async def _call(self, method: str, path: str, ask: Ask, *, repeatable: bool, **request: Any) -> Native:
        response = await self.http.send(method, path, ask=ask, repeatable=repeatable, **request)
        body = checked(response, unique="login")
        if not isinstance(body, dict):
            raise Unavailable("The Staff API gave an answer that cannot be read.")
        return body


class StaffAdapter(Adapter[StaffSettings]):
    """One company's Staff API."""

    Settings = StaffSettings

    def __init__(self, settings: StaffSettings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(settings)
        bearer = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._http = Http(settings.url, headers=bearer, transport=transport)

    def resources(self) -> Sequence[Resource]:
        return [People(self._http)]

    async def check(self) -> None:
        checked(await self._http.send("GET", "/token/owner", repeatable=True))

    async def aclose(self) -> None:
        await self._http.aclose()


def _path(key: str) -> str:
    return f"/staff/{quote(key, safe='')}"


__all__ = ["StaffAdapter", "StaffSettings"]
