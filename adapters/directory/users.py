"""The users of the directory."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import Mapping
from typing import ClassVar

from scim_adapter import Change, Field, Get, Gone, Native, New, Page, Query, Resource

from . import records, search
from .database import Database

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = 'addresses[type eq "work"]'
HASH = "password_hash"
"""Takes a password as it was sent; the directory hashes it on the way in and never gives it out."""


class Users(Resource):
    """Users with the attributes that provisioning clients commonly send."""

    type: ClassVar[str] = "User"
    key = "id"
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", required=True, unique="backend"),
        "externalId": "external_id",
        "active": "enabled",
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
        "password": Field(HASH, write_only=True),
        "meta.created": Field("created", mutable="never"),
        "meta.lastModified": Field("modified", mutable="never"),
    }
    can = search.CAN

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: Query) -> Page:
        """One page, and how many match in all, of one state of the directory."""
        where, parameters = search.where(query.where)
        order = search.order(query.order, query.descending)

        def work(connection: sqlite3.Connection) -> Page:
            [[total]] = connection.execute(f"select count(*) from users{where}", parameters).fetchall()  # noqa: S608
            statement = f"select * from users{where}{order} limit ? offset ?"  # noqa: S608 - all values are parameters
            rows = connection.execute(statement, (*parameters, query.limit, query.offset))
            return Page([records.record(row) for row in rows], total=total)

        return await self._database.read(work)

    async def get(self, get: Get) -> Native:
        """The user with this id."""
        return await self._database.read(lambda connection: records.fetch(connection, get.key))

    async def create(self, new: New) -> Native:
        """A new user; the same operation again answers with the user that it made."""
        values = await _with_hash(new.record)
        return await self._database.write(lambda connection: records.insert(connection, values, new.ask.op or None))

    async def update(self, change: Change) -> Native:
        """Set what differs, if nobody else changed the user since it was read."""
        values = await _with_hash(change.set)
        return await self._database.write(
            lambda connection: records.change(connection, change.key, values, change.version)
        )

    async def delete(self, gone: Gone) -> None:
        """Remove a user for good; its id is never used again."""
        await self._database.write(lambda connection: records.remove(connection, gone.key, gone.version))


async def _with_hash(values: Native) -> Native:
    """The values with a salted hash in the place of the password, made outside the event loop and the transaction."""
    password = values.get(HASH)
    return values if password is None else {**values, HASH: await asyncio.to_thread(_hashed, str(password))}


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"
