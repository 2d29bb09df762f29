"""The tables of a directory."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from .keys import GROUP, USER

APPLICATION = 0x5C1D
"""Marks the file as a directory of ours."""
VERSION = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of one table of records, by how a native value is kept in them."""

    type: str
    table: str
    name: str
    """The column that names a record uniquely, in any case."""
    folded: tuple[str, ...]
    """Searched without case, in any language, so kept a second time case-folded: SQLite knows ASCII only."""
    texts: tuple[str, ...]
    lists: tuple[str, ...] = ()
    """Kept as JSON."""
    flags: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Hold the key of a user."""
    hidden: tuple[str, ...] = ()
    """Written, and never given out."""
    versions: bool = True
    """Whether records show their version."""

    @property
    def noun(self) -> str:
        """What a record is called in messages."""
        return self.type.lower()

    @property
    def writable(self) -> tuple[str, ...]:
        """What a client may set, beside what it can never read."""
        return (self.name, *self.texts, *self.lists, *self.flags, *self.keys)

    @property
    def columns(self) -> tuple[str, ...]:
        """What a record shows."""
        return ("id", *self.writable, *(("version",) if self.versions else ()), "created", "modified")

    @property
    def statement(self) -> str:
        """The table itself. `op` is the operation that made the record."""
        parts = [
            f"id integer primary key autoincrement, {self.name} text not null, {self.name}_folded text not null unique",
            *(f"{name} text" for name in (*self.texts, *self.lists, *self.hidden)),
            *(f"{name}_folded text" for name in self.folded if name != self.name),
            *(f"{name} integer not null default 1" for name in self.flags),
            *(f"{name} integer" for name in self.keys),
            "version integer not null default 1, created text not null, modified text not null, op text unique",
        ]
        return f"create table {self.table} ({', '.join(parts)})"


USERS = Shape(
    USER, "users", "login",
    folded=("login", "display_name", "employee_number"),
    texts=(
        "external_id", "display_name", "given_name", "family_name", "middle_name", "honorific_prefix",
        "honorific_suffix", "formatted_name", "nick_name", "profile_url", "title", "user_type", "preferred_language",
        "locale", "timezone", "employee_number", "department", "cost_center", "organization", "division",
    ),
    lists=("emails", "phone_numbers", "ims", "photos", "addresses", "entitlements", "roles", "certificates"),
    flags=("enabled",), keys=("manager",), hidden=("password_hash",),
)  # fmt: skip
SEARCHED = ("emails", "phone_numbers", "ims", "entitlements", "roles")
"""Lists whose elements are found by their `value`."""
GROUPS = Shape(GROUP, "groups", "name", folded=("name",), texts=("external_id",))
TABLES = (
    USERS.statement,
    GROUPS.statement,
    "create index users_external_id on users (external_id)",
    "create index users_display_name on users (display_name_folded)",
    "create index users_employee_number on users (employee_number_folded)",
    "create index users_manager on users (manager)",
    "create index groups_external_id on groups (external_id)",
    # The values of elements of users' lists, for searching.
    "create table elements (user integer not null, list text not null, folded text not null)",
    "create index elements_user on elements (user)",
    "create index elements_folded on elements (list, folded)",
    # `member` is a number as in keys.py: a user's id, or a group's with a minus sign.
    "create table members (id integer not null, member integer not null, primary key (id, member)) without rowid",
    "create index members_member on members (member)",
    f"pragma application_id = {APPLICATION}",
    f"pragma user_version = {VERSION}",
)


def fold(value: object) -> str | None:
    """A value as it is compared without case."""
    return None if value is None else str(value).casefold()


def stamp(moment: datetime) -> str:
    """A time in UTC as it is kept: its texts are in the order of the times."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make(connection: sqlite3.Connection) -> None:
    """Make all tables, inside a transaction."""
    for statement in TABLES:
        connection.execute(statement)
