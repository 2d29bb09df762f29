"""The users of the directory."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from scim_adapter import (
    Can,
    Change,
    Condition,
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
    Stale,
)

from .database import TEXTS, Database

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = 'addresses[type eq "work"]'
FOLDED = {"login": "login_folded", "email": "casefold(email)"}
"""Columns that are compared without case."""
COLUMNS = ("login", "enabled", *TEXTS)
"""What a client may set."""


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


class Users(Resource):
    """Users with the attributes that provisioning clients commonly send."""

    type: ClassVar[str] = "User"
    key = "id"
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", required=True, unique="backend"),
        "externalId": "external_id",
        "active": Field("enabled", read=bool),
        "displayName": "display_name",
        "nickName": "nick_name",
        "title": "title",
        "userType": "user_type",
        "preferredLanguage": "preferred_language",
        "locale": "locale",
        "timezone": "timezone",
        "name.formatted": "formatted_name",
        "name.familyName": "family_name",
        "name.givenName": "given_name",
        'emails[type eq "work"].value': "email",
        'phoneNumbers[type eq "work"].value': "phone",
        'phoneNumbers[type eq "mobile"].value': "mobile",
        f"{WORK}.formatted": "address",
        f"{WORK}.streetAddress": "street",
        f"{WORK}.locality": "city",
        f"{WORK}.region": "region",
        f"{WORK}.postalCode": "postal_code",
        f"{WORK}.country": "country",
        f"{ENTERPRISE}:employeeNumber": "employee_number",
        f"{ENTERPRISE}:costCenter": "cost_center",
        f"{ENTERPRISE}:organization": "organization",
        f"{ENTERPRISE}:division": "division",
        f"{ENTERPRISE}:department": "department",
        f"{ENTERPRISE}:manager": Field("manager_id", ref="User"),
        "password": Field("password_hash", write=_hashed, write_only=True),
        "meta.created": Field("created", mutable="never"),
        "meta.lastModified": Field("modified", mutable="never"),
    }
    can = Can(
        filter={name: frozenset({"eq"}) for name in ("id", "login", "external_id", "email")},
        offset=True,
        version="version",
        repeatable_create=True,
    )

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: Query) -> Page:
        """One page, in the order of the ids, and how many match in all."""
        where, parameters = _where(query.where)
        counted = await self._database.read(f"select count(*) as total from users{where}", parameters)  # noqa: S608
        rows = await self._database.read(
            f"select * from users{where} order by id limit ? offset ?",  # noqa: S608
            (*parameters, query.limit, query.offset),
        )
        return Page([_record(row) for row in rows], total=int(counted[0]["total"]))

    async def get(self, get: Get) -> Native:
        """The user with this id."""
        rows = await self._database.read("select * from users where id = ?", (_id(get.key),))
        if not rows:
            raise NotFound("The directory has no such user.")
        return _record(rows[0])

    async def create(self, new: New) -> Native:
        """A new user; the same operation again answers with the user that it made."""
        values = _values(new.record)
        row = await self._database.write(lambda connection: _insert(connection, values, new.ask.op or None))
        return _record(row)

    async def update(self, change: Change) -> Native:
        """Set what differs, if nobody else changed the user since it was read."""
        row = await self._database.write(lambda connection: _update(connection, change))
        return _record(row)

    async def delete(self, gone: Gone) -> None:
        """Remove a user for good; its id is never used again."""

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute("delete from users where id = ?", (_id(gone.key),)).rowcount == 0:
                raise NotFound("The directory has no such user.")

        await self._database.write(work)


def _id(key: str) -> int:
    """The number in a key; none of ours when it is not written as we write it (SQLite takes 1.0 and 01 for 1)."""
    return int(key) if key.isascii() and key.isdecimal() and str(int(key)) == key and len(key) < 19 else 0


def _where(conditions: tuple[Condition, ...]) -> tuple[str, list[Any]]:
    parts, parameters = [], []
    for condition in conditions:
        folds = condition.field in FOLDED
        column = FOLDED.get(condition.field, condition.field)
        parts.append(f"{column} in ({', '.join('?' for _ in condition.values)})")
        convert = _id if condition.field == "id" else str
        parameters += [str(value).casefold() if folds else convert(value) for value in condition.values]
    return (" where " + " and ".join(parts) if parts else ""), parameters


def _record(row: Native) -> Native:
    internal = ("login_folded", "op", "password_hash")
    return {name: value for name, value in row.items() if name not in internal} | {"id": str(row["id"])}


def _values(native: Native) -> Native:
    values = {name: native[name] for name in COLUMNS if name in native}
    if "enabled" in values:
        values["enabled"] = values["enabled"] is not False
    if "login" in values:
        values["login_folded"] = str(values["login"]).casefold()
    return values


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one(connection: sqlite3.Connection, column: str, value: Any) -> Native | None:
    row = connection.execute(f"select * from users where {column} = ?", (value,)).fetchone()  # noqa: S608
    return dict(row) if row else None


def _insert(connection: sqlite3.Connection, values: Native, op: str | None) -> Native:
    made = _one(connection, "op", op) if op else None
    if made:
        return made
    if _one(connection, "login_folded", values["login_folded"]):
        raise Exists("The directory has this login already.", field="login")
    row = {**values, "created": _now(), "modified": _now(), "op": op}
    marks = ", ".join("?" for _ in row)
    cursor = connection.execute(f"insert into users ({', '.join(row)}) values ({marks})", tuple(row.values()))  # noqa: S608
    return _one(connection, "id", cursor.lastrowid) or {}


def _update(connection: sqlite3.Connection, change: Change) -> Native:
    row = _one(connection, "id", _id(change.key))
    if row is None:
        raise NotFound("The directory has no such user.")
    if change.version is not None and str(row["version"]) != change.version:
        raise Stale("The user was changed meanwhile.")
    values = _values(change.set)
    holder = _one(connection, "login_folded", values["login_folded"]) if "login_folded" in values else None
    if holder and holder["id"] != row["id"]:
        raise Exists("The directory has this login already.", field="login")
    if values:
        setting = ", ".join(f"{name} = ?" for name in values)
        connection.execute(
            f"update users set {setting}, version = version + 1, modified = ? where id = ?",  # noqa: S608
            (*values.values(), _now(), change.key),
        )
    return _one(connection, "id", change.key) or {}
