"""The users of the directory."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from scim_adapter import Change, Field, Get, Gone, Native, New, Page, Query, Resource

from . import attributes, members, records
from .database import Database
from .elements import index
from .schema import USERS
from .search import USER_PLACES
from .settings import DirectorySettings, can, finder

HASH = "password_hash"
"""Takes a password as it was sent; the directory hashes it on the way in and never gives it out."""
GROUPS_OF = "groups"
NAMES = frozenset(("login", "display_name"))


class Users(Resource):
    """Users with every attribute that RFC 7643 has for them."""

    type: ClassVar[str] = "User"
    key = "id"
    fields: Mapping[str, Field | str] = attributes.USER

    def __init__(self, database: Database, settings: DirectorySettings) -> None:
        self._database, self._settings = database, settings
        self._finder = finder(settings, USERS, USER_PLACES)
        self.can = can(settings, self._finder)

    async def find(self, query: Query) -> Page:
        """One page, and how many match in all, of one state of the directory."""

        def work(connection: sqlite3.Connection) -> Page:
            page = self._finder.page(connection, query)
            _show_groups(connection, page.records, query.fields)
            return page

        return await self._finder.find(self._database, query, work)

    async def get(self, get: Get) -> Native:
        """The user with this id."""
        return await self._database.glance(lambda connection: self._whole(connection, get))

    async def create(self, new: New) -> Native:
        """A new user; the same operation again answers with the user that it made."""
        attributes.demand_known(new.record)
        values = await _with_hash(new.record)
        op = new.ask.op if self._settings.native_repeats else ""

        def work(connection: sqlite3.Connection) -> Native:
            row = records.made_by(connection, USERS, op)
            if row is None:
                row = records.insert(connection, USERS, values, op)
                index(connection, row, values)
            return self._whole(connection, Get(str(row)))

        return await self._database.write(work)

    async def update(self, change: Change) -> Native:
        """Set what differs, if nobody else changed the user since it was read."""
        attributes.demand_known(change.set)
        values = await _with_hash(change.set if self.can.partial else records.replacing(USERS, change.after))

        def work(connection: sqlite3.Connection) -> Native:
            row = records.demand(connection, USERS, change.key, change.version)
            records.change(connection, USERS, row, values)
            index(connection, row, values)
            if values.keys() & NAMES:
                _tell_reports(connection, row)
            return self._whole(connection, Get(change.key))

        return await self._database.write(work)

    async def delete(self, gone: Gone) -> None:
        """Remove a user for good, from groups and as a manager too; its id is never used again."""

        def work(connection: sqlite3.Connection) -> None:
            row = records.demand(connection, USERS, gone.key, gone.version)
            members.forget(connection, row)
            _tell_reports(connection, row)
            connection.execute("update users set manager = null where manager = ?", (row,))
            connection.execute("delete from elements where user = ?", (row,))
            connection.execute("delete from users where id = ?", (row,))

        await self._database.write(work)

    def _whole(self, connection: sqlite3.Connection, get: Get) -> Native:
        found = records.fetch(connection, self._finder.shape, get.key, get.fields)
        _show_groups(connection, [found], get.fields)
        return found


def _show_groups(connection: sqlite3.Connection, found: Sequence[Native], fields: Collection[str] | None) -> None:
    """Put the users' groups into their records, where the answer is to have them."""
    if fields is None or GROUPS_OF in fields:
        groups = members.groups_of(connection, [int(one["id"]) for one in found])
        for one in found:
            one[GROUPS_OF] = groups[int(one["id"])]


def _tell_reports(connection: sqlite3.Connection, manager: int) -> None:
    """The records of those who have this manager show another name now."""
    reports = [row for (row,) in connection.execute("select id from users where manager = ?", (manager,))]
    records.touch(connection, USERS, *reports)


async def _with_hash(values: Native) -> Native:
    """The values with a salted hash in the place of the password, made outside the event loop and the transaction."""
    password = values.get(HASH)
    return values if password is None else {**values, HASH: await asyncio.to_thread(_hashed, str(password))}


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"
