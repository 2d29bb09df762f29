"""Access tokens of the token endpoint: signed, short-lived and kept nowhere.

The key of a signature is made of a random one in the store and of the credential that the client showed. Who reads the
store alone cannot sign for a secret, and a secret that leaves the configuration takes its access tokens with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence

from gateway.authentication.issued import ID, new_id
from gateway.authentication.ledger import PARTITION, Ledger
from scim.identity.store import Conflict, Delete, Store

FORM = re.compile(rf"sga_(?P<key>{ID.pattern})_(?P<expires>[0-9]{{1,12}})_(?P<signature>[A-Za-z0-9_-]{{43}})")
KEY = "key"
"""The row of a connection's key; the ids of issued tokens are longer."""


class AccessTokens:
    """Signs access tokens and checks them. A credential is a hash of what the client showed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def sign(self, connection: str, credential: bytes, lifetime: int) -> str:
        """A token that opens a connection for `lifetime` seconds; raises what the store raises."""
        row = await self._ledger.put(f"{connection}.{KEY}", {"id": new_id(), "key": secrets.token_hex(32)})
        id, expires = str(row.values["id"]), str(int(time.time()) + lifetime)
        return f"sga_{id}_{expires}_{_signature(str(row.values['key']), credential, connection, expires)}"

    async def open(self, connection: str, found: re.Match[str], credentials: Sequence[bytes]) -> bool:
        """Whether a token of this form opens a connection that has these credentials now."""
        row = await self._ledger.find(f"{connection}.{KEY}", lambda row: row.values["id"] == found["key"])
        if row is None or int(found["expires"]) <= time.time():
            return False
        key, signature = str(row.values["key"]), found["signature"]
        same = [
            hmac.compare_digest(_signature(key, one, connection, found["expires"]), signature) for one in credentials
        ]
        return any(same)


async def forget(store: Store, connection: str) -> bool:
    """End all access tokens of a connection; False when it never had one since the last time."""
    try:
        await store.commit(PARTITION, [Delete(f"{connection}.{KEY}")])
    except Conflict:
        return False
    return True


def _signature(key: str, credential: bytes, connection: str, expires: str) -> str:
    both = hmac.digest(bytes.fromhex(key), credential, hashlib.sha256)
    signed = hmac.digest(both, f"{connection} {expires}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")
