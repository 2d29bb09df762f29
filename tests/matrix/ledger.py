"""A small backend in an SQLite file, without versions: logins may be its keys, records may be written as a whole."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from scim_adapter import (
    Adapter,
    Can,
    Change,
    Exists,
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

T = TypeVar("T")
TABLE = """create table if not exists users (
    id integer primary key autoincrement, login text not null unique collate nocase, enabled integer not null default 1,
    display text, title text, nick text, locale text, kind text, zone text, op text unique)"""
COLUMNS = ("login", "enabled", "display", "title", "nick", "locale", "kind", "zone")


class LedgerSettings(BaseModel):
    """Where the file is, and what the backend can do."""

    model_config = ConfigDict(extra="forbid")

    path: str
    login_is_key: bool = False
    partial: bool = True
    repeats: bool = False
    pause: float = 0.0
    """Seconds that each call takes, so that others get their turn in between."""


class Ledger(Resource):
    """Users."""

    type: ClassVar[str] = "User"
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", required=True, unique="backend"),
        "active": "enabled",
        "displayName": "display",
        "title": "title",
        "nickName": "nick",
        "locale": "locale",
        "userType": "kind",
        "timezone": "zone",
    }

    def __init__(self, settings: LedgerSettings) -> None:
        self._settings = settings
        self.key = "login" if settings.login_is_key else "id"
        self.can = Can(
            filter={"login": frozenset({"eq"})},
            offset=True,
            partial=settings.partial,
            mutable_key=settings.login_is_key,
            repeatable_create=settings.repeats,
        )

    async def find(self, query: Query) -> Page:
        """A page of users, or the one with a login."""
        login = query.value("login")
        where, values = ("where login = ?", (login,)) if login is not None else ("", ())

        def work(connection: sqlite3.Connection) -> Page:
            [[total]] = connection.execute(f"select count(*) from users {where}", values)
            window = f"select * from users {where} order by id limit ? offset ?"
            rows = connection.execute(window, (*values, query.limit, query.offset))
            return Page([_record(row) for row in rows], total=total)

        return await self._run(work)

    async def get(self, get: Get) -> Native:
        """The user with this key."""

        def work(connection: sqlite3.Connection) -> Native:
            row = connection.execute(f"select * from users where {self.key} = ?", (get.key,)).fetchone()
            if row is None:
                raise NotFound("The ledger has no such user.")
            return _record(row)

        return await self._run(work)

    async def create(self, new: New) -> str:
        """A new user; its key."""

        def work(connection: sqlite3.Connection) -> str:
            made = connection.execute("select * from users where op = ?", (new.ask.op,)).fetchone()
            if made is None or not self._settings.repeats:
                names = [name for name in COLUMNS if name in new.record]
                values = [new.record[name] for name in names]
                marks = ", ".join("?" for _ in (*names, "op"))
                connection.execute(
                    f"insert into users ({', '.join(names)}, op) values ({marks})", (*values, new.ask.op)
                )
                made = connection.execute("select * from users where op = ?", (new.ask.op,)).fetchone()
            return str(made[self.key])

        return await self._run(work)

    async def update(self, change: Change) -> None:
        """Set what differs, or the whole record."""
        values = change.set if self.can.partial else {name: change.after.get(name) for name in COLUMNS}
        if not values:
            return
        setting = ", ".join(f"{name} = ?" for name in values)

        def work(connection: sqlite3.Connection) -> None:
            done = connection.execute(
                f"update users set {setting} where {self.key} = ?", (*values.values(), change.key)
            )
            if done.rowcount != 1:
                raise NotFound("The ledger has no such user.")

        await self._run(work)

    async def delete(self, gone: Gone) -> None:
        """Remove a user for good."""

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute(f"delete from users where {self.key} = ?", (gone.key,)).rowcount != 1:
                raise NotFound("The ledger has no such user.")

        await self._run(work)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(_transaction, self._settings, work)


def _transaction(settings: LedgerSettings, work: Callable[[sqlite3.Connection], T]) -> T:
    time.sleep(settings.pause)
    try:
        connection = opened(settings.path)
        try:
            with connection:
                connection.execute("begin immediate")
                return work(connection)
        finally:
            connection.close()
    except sqlite3.IntegrityError:
        raise Exists("The ledger has a user of this login.", field="login") from None
    except sqlite3.OperationalError as error:
        raise Unavailable(f"The ledger cannot be used ({error}).") from None


def opened(path: str) -> sqlite3.Connection:
    """The file, made when it is missing."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("pragma synchronous = normal")
    connection.execute(TABLE)
    return connection


def _record(row: sqlite3.Row) -> Native:
    return {**{name: row[name] for name in COLUMNS}, "id": str(row["id"]), "enabled": bool(row["enabled"])}


class LedgerAdapter(Adapter[LedgerSettings]):
    """One ledger."""

    Settings = LedgerSettings

    def resources(self) -> Sequence[Resource]:
        """Users only."""
        return [Ledger(self.settings)]

    async def check(self) -> None:
        """Open the file."""
        await asyncio.to_thread(lambda: opened(self.settings.path).close())
