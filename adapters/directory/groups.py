"""The groups of the directory."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import ClassVar

from scim_adapter import Change, Delta, Field, Get, Gone, Invalid, Native, New, Page, Query, Resource

from . import attributes, members, records
from .database import Database
from .keys import GROUP, key_of
from .schema import GROUPS
from .search import GROUP_PLACES
from .settings import DirectorySettings, can, finder


class WholeGroups(Resource):
    """Groups whose members are written as a whole list."""

    type: ClassVar[str] = "Group"
    key = "id"
    fields: Mapping[str, Field | str] = attributes.GROUP

    def __init__(self, database: Database, settings: DirectorySettings) -> None:
        self._database, self._settings = database, settings
        self._finder = finder(settings, GROUPS, GROUP_PLACES)
        self.can = can(settings, self._finder)

    async def find(self, query: Query) -> Page:
        """One page, and how many match in all, of one state of the directory; without members."""
        return await self._finder.find(self._database, query, lambda connection: self._finder.page(connection, query))

    async def get(self, get: Get) -> Native:
        """The group with this id; its members are read only when they are asked for."""
        return await self._database.read(lambda connection: self._whole(connection, get))

    async def create(self, new: New) -> Native:
        """A new group with its members; the same operation again answers with the group that it made."""
        op = new.ask.op if self._settings.native_repeats else ""

        def work(connection: sqlite3.Connection) -> Native:
            row = records.made_by(connection, GROUPS, op)
            if row is None:
                row = records.insert(connection, GROUPS, new.record, op)
                members.replace(connection, row, new.record.get(members.FIELD) or ())
            return self._whole(connection, Get(key_of(GROUP, row)))

        return await self._database.write(work)

    async def update(self, change: Change) -> None:
        """Set what differs, if nobody else changed the group since it was read. Members come as the whole list."""
        native = change.set if self.can.partial else records.replacing(GROUPS, change.after)
        if not self.can.partial:
            native[members.FIELD] = change.after.get(members.FIELD)

        def work(connection: sqlite3.Connection) -> None:
            row = records.demand(connection, GROUPS, change.key, change.version)
            records.change(connection, GROUPS, row, native)
            if members.FIELD in native and members.replace(connection, row, native[members.FIELD] or ()):
                records.touch(connection, GROUPS, row)

        await self._database.write(work)

    async def delete(self, gone: Gone) -> None:
        """Remove a group for good, from other groups too; its members stay and its id is never used again."""

        def work(connection: sqlite3.Connection) -> None:
            row = records.demand(connection, GROUPS, gone.key, gone.version)
            members.forget(connection, -row)
            connection.execute("delete from members where id = ?", (row,))
            connection.execute("delete from groups where id = ?", (row,))

        await self._database.write(work)

    def _whole(self, connection: sqlite3.Connection, get: Get) -> Native:
        found = records.fetch(connection, self._finder.shape, get.key, get.fields)
        if get.fields is None or members.FIELD in get.fields:
            found[members.FIELD] = members.read(connection, records.demand(connection, GROUPS, get.key, None))
        return found


class Groups(WholeGroups):
    """Groups of which single members are added and removed too."""

    async def amend(self, delta: Delta) -> None:
        """Add and remove members, which may be in the group already or be gone from it."""
        if delta.field != members.FIELD:
            raise Invalid("Only the members of a group can be amended.", field=delta.field)

        def work(connection: sqlite3.Connection) -> None:
            row = records.demand(connection, GROUPS, delta.key, None)
            if members.amend(connection, row, delta.added, delta.removed):
                records.touch(connection, GROUPS, row)

        await self._database.write(work)
