"""An adapter whose backend fails as a file beside it says; every call is a line of another file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from scim_adapter import Adapter, Denied, Field, Get, Native, NotFound, Page, Query, Resource, Unavailable


class Where(BaseModel, extra="forbid"):
    """The folder of both files."""

    folder: Path


class People(Resource):
    """Nobody, as long as all is well."""

    type, key = "User", "id"
    fields: Mapping[str, Field | str] = {"userName": "login"}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def find(self, query: Query) -> Page:
        await self._asked()
        return Page(total=0)

    async def get(self, get: Get) -> Native:
        await self._asked()
        raise NotFound("nobody")

    async def _asked(self) -> None:
        with (self.folder / "calls").open("a") as calls:
            calls.write("call\n")
        mode = self.folder / "mode"
        if not mode.exists():
            return
        match mode.read_text():
            case "hangs":
                await asyncio.Event().wait()
            case "down":
                raise Unavailable("It is down.")
            case "refuses":
                raise Denied("Wrong password.")


class Outage(Adapter[Where]):
    """The adapter."""

    Settings = Where

    def resources(self) -> list[Resource]:
        return [People(self.settings.folder)]

    async def check(self) -> None:
        return
