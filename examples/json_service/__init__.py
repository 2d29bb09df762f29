"""People of a small JSON service: GET, POST, PATCH and DELETE on `/people`, and nothing that it cannot do.

Calls for each verb: find 1 (a page), get 1, create 1, update 1, delete 1, check 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic import Field as Setting

from scim_adapter import Adapter, Can, Change, Field, Get, Gone, Native, New, Page, Query, Resource, Unavailable
from scim_adapter.http import Http, checked


class JsonServiceSettings(BaseModel):
    """Where the service is, and the key that it wants."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: str = Setting(pattern=r"^https?://[^/\s]+$", description="The service: `https://HOST`, without a path.")
    api_key: SecretStr = Setting(min_length=1, description="What the service wants to see in `X-Api-Key`.")


class People(Resource):
    """The people that the service knows."""

    type, key = "User", "id"
    can = Can(filter={"login": frozenset({"eq"})}, offset=True)
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", required=True, unique="backend"),
        "active": "enabled",
        "name.givenName": "first_name",
        "name.familyName": "last_name",
        'emails[type eq "work"].value': "mail",
    }

    def __init__(self, http: Http) -> None:
        self.http = http

    async def find(self, query: Query) -> Page:
        """A page of everybody, or of those who have one of the logins."""
        params = {"skip": query.offset, "take": query.limit, "login": query.values("login")}
        found = _object(await self.http.send("GET", "/people", ask=query.ask, repeatable=True, params=params))
        if not isinstance(found.get("people"), list):
            raise Unavailable("The service gave a page that cannot be read.")
        return Page(found["people"], total=found.get("total"))

    async def get(self, get: Get) -> Native:
        """One of them."""
        return _object(await self.http.send("GET", _path(get.key), ask=get.ask, repeatable=True))

    async def create(self, new: New) -> Native:
        """Somebody new."""
        return _object(await self.http.send("POST", "/people", ask=new.ask, json=new.record))

    async def update(self, change: Change) -> Native:
        """Set what differs; null clears."""
        return _object(
            await self.http.send("PATCH", _path(change.key), ask=change.ask, repeatable=True, json=change.set)
        )

    async def delete(self, gone: Gone) -> None:
        """Delete for good."""
        checked(await self.http.send("DELETE", _path(gone.key), ask=gone.ask))


class JsonServiceAdapter(Adapter[JsonServiceSettings]):
    """One JSON service."""

    Settings = JsonServiceSettings

    def __init__(self, settings: JsonServiceSettings) -> None:
        super().__init__(settings)
        self._http = Http(settings.url, headers={"X-Api-Key": settings.api_key.get_secret_value()})

    def resources(self) -> Sequence[Resource]:
        """People."""
        return [People(self._http)]

    async def check(self) -> None:
        """Ask for one person."""
        await People(self._http).find(Query(limit=1))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _path(key: str) -> str:
    return f"/people/{quote(key, safe='')}"


def _object(response: Any) -> Native:
    body = checked(response, unique="login")
    if not isinstance(body, dict):
        raise Unavailable("The service gave an answer that cannot be read.")
    return body
