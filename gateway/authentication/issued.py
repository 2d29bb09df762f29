"""Tokens that the gateway issues: shown once, kept as a hash, several for each connection."""

from __future__ import annotations

import base64
import hmac
import logging
import re
import secrets
import time
from dataclasses import dataclass

from gateway.authentication.ledger import PARTITION, Ledger
from gateway.authentication.static import digest
from scim.identity.store import Conflict, Delete, Insert, Row, Store, Value

ID = re.compile(r"[a-z2-7]{12}")
FORM = re.compile(rf"sgt_(?P<id>{ID.pattern})_[A-Za-z0-9_-]{{43}}")
"""Anything else is not looked for in the store. The id is no secret; what follows are 32 random bytes."""
MOST = 20
"""Tokens of one connection."""
DAY = 86_400
SOON = 30
"""Days before its end in which the use of a token is a warning, once an hour."""
log = logging.getLogger("scimgate")


class TokenRefused(Exception):
    """A token that cannot be issued or revoked. The message says why."""


@dataclass(frozen=True)
class Issued:
    """What is known of an issued token; times in seconds since 1970, `used` 0 for never."""

    id: str
    name: str
    created: float
    expires: float
    used: float

    @property
    def expired(self) -> bool:
        """Whether it opens nothing any more."""
        return time.time() >= self.expires


class IssuedTokens:
    """Checks issued tokens."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def open(self, connection: str, id: str, token: str) -> bool:
        """Whether a token of this form opens a connection; raises what the store raises."""
        row = await self._ledger.find(f"{connection}.{id}")
        known = str(row.values["digest"]) if row else ""
        same = hmac.compare_digest(digest(token).hex(), known.ljust(64))
        if row is None or not same:
            return False
        found = issued_of(row)
        if found.expired:
            log.warning("The token %s of %s has expired and is still used: issue another one.", id, connection)
        elif self._ledger.note_use(row) and found.expires - time.time() < SOON * DAY:
            log.warning("The token %s of %s expires on %s: issue the next one.", id, connection, day(found.expires))
        return not found.expired


async def issue(store: Store, connection: str, name: str, days: int) -> tuple[Issued, str]:
    """Make a token: what is known of it, and its text, which is kept nowhere."""
    if len(await listed(store, connection)) >= MOST:
        raise TokenRefused(f"{connection} has {MOST} tokens; revoke one that nobody uses, or --expired, first.")
    id = new_id()
    token = f"sgt_{id}_{secrets.token_urlsafe(32)}"
    now = time.time()
    made = Issued(id, name, now, now + days * DAY, 0.0)
    values: dict[str, Value] = {
        "name": name,
        "created": now,
        "expires": made.expires,
        "used": 0.0,
        "digest": digest(token).hex(),
    }
    await store.commit(PARTITION, [Insert(f"{connection}.{id}", values)])
    return made, token


async def listed(store: Store, connection: str) -> list[Issued]:
    """All issued tokens of a connection, the oldest first."""
    rows = [row async for row in store.scan(PARTITION, f"{connection}.")]
    return sorted((issued_of(row) for row in rows if "digest" in row.values), key=lambda one: one.created)


async def revoke(store: Store, connection: str, id: str) -> None:
    """End a token; `TokenRefused` when there is none of this id."""
    if not ID.fullmatch(id):
        raise TokenRefused(f"An id has 12 of a-z and 2-7; `token list {connection}` shows them.")
    try:
        await store.commit(PARTITION, [Delete(f"{connection}.{id}")])
    except Conflict:
        raise TokenRefused(f"{connection} has no token {id}; `token list {connection}` shows them.") from None


def day(moment: float) -> str:
    """The day of a moment, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def new_id() -> str:
    """Twelve random characters that a key of the store may have."""
    return base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]


def issued_of(row: Row) -> Issued:
    """A row as what it means."""
    values = row.values
    times = (float(values["created"]), float(values["expires"]), float(values["used"]))
    return Issued(row.key.rpartition(".")[2], str(values["name"]), *times)
