"""A phonebook in a CSV file, read only: the least that is an adapter.

Calls for each verb: find 1 (the file is read whole), get 1, check 1.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from scim_adapter import Adapter, Native, Page, Query, Resource, Unavailable


class PhonebookSettings(BaseModel):
    """Where the phonebook is."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: Path = Field(description="A CSV file in UTF-8. Its first line names the columns, `login` among them.")


class People(Resource):
    """The people of a phonebook."""

    type, key = "User", "login"
    fields: Mapping[str, str] = {
        "userName": "login",
        "name.givenName": "first_name",
        "name.familyName": "last_name",
        'emails[type eq "work"].value': "mail",
        'phoneNumbers[type eq "work"].value': "phone",
    }

    def __init__(self, path: Path) -> None:
        self.path = path

    async def find(self, query: Query) -> Page:
        """Everybody: the gateway filters and pages."""
        return Page(await asyncio.to_thread(self._rows))

    def _rows(self) -> list[Native]:
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                header, *rows = csv.reader(file, strict=True)
            login = header.index("login")
        except (OSError, ValueError, csv.Error) as error:  # ValueError: not UTF-8, an empty file, no such column
            raise Unavailable(f"The phonebook cannot be read ({type(error).__name__}).") from error
        return [dict(zip(header, row, strict=False)) for row in rows if row[login:] and row[login]]


class PhonebookAdapter(Adapter[PhonebookSettings]):
    """One phonebook."""

    Settings = PhonebookSettings

    def resources(self) -> Sequence[Resource]:
        """People."""
        return [People(self.settings.path)]

    async def check(self) -> None:
        """Read the file."""
        await People(self.settings.path).find(Query())


adapter = PhonebookAdapter
