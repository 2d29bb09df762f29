"""How ids and row keys are made. Everyone who sees a record computes the same id, so ids need no coordination."""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache

LENGTH = 26
"""Characters of an id: 130 bits in lower-case base32."""


@lru_cache(maxsize=4096)
def digest(salt: bytes, *parts: str) -> str:
    """A keyed hash of some texts that nobody without the salt can guess or reverse."""
    mac = hmac.digest(salt, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256")
    return base64.b32encode(mac[:20]).decode().lower()[:LENGTH]  # 20 bytes are 32 characters


def derived_id(salt: bytes, type: str, key: str, generation: int = 0) -> str:
    """The id of the record with this native key. `generation` counts the lives of a key that was used again."""
    return digest(salt, type, key, str(generation)) if generation else digest(salt, type, key)


def well_formed(id: str) -> bool:
    """Whether a text may be an id of ours; anything else is nobody's, and no key for a store."""
    return len(id) == LENGTH and id.isascii() and id.isalnum() and id.islower()


def mapping_key(id: str) -> str:
    """The row of an id."""
    return f"i.{id}"


def override_key(salt: bytes, key: str) -> str:
    """The row that tells lists of a native key that is hidden or has another id than the derived one."""
    return f"o.{digest(salt, 'override', key)}"


def claim_key(salt: bytes, path: str, value: str) -> str:
    """The row that guards a unique value; values are compared without case."""
    return f"c.{digest(salt, 'claim', path, value.casefold())}"


def index_prefix(salt: bytes, attribute: str, value: str) -> str:
    """The start of the rows that lead from a kept value to ids. Case is ignored: the engine compares again."""
    name = digest(salt, "attribute", attribute.casefold())[:8]
    return f"x.{name}.{digest(salt, 'index', value.casefold())}."
