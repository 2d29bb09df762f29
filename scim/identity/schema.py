"""The form in which a map is stored, its number, and the way forward from older ones.

Every step may be repeated: a kill in the middle leaves the old number, and the next start begins again. Gateways of the
version before may still run while a step is done, so a step only removes what nobody needs, or adds what nobody minds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from scim.identity.claims import Claim, claim_of
from scim.identity.store import Conflict, Delete, Replace, Row, Store

SCHEMA = 2
"""1: the first. 2: claims carry the name that they are about, for the sweep."""
MAP_ROW = "map"
TYPES = ("User", "Group")
"""The resource types that a map may hold."""


class MapRefused(Exception):
    """The map belongs to another connection, or a newer gateway wrote it. The message says which."""


def partition(map: str, type: str) -> str:
    """Where the rows of one resource type of a map live."""
    return f"{map}.{type.lower()}"


async def bring_forward(store: Store, map: str, row: Row) -> None:
    """Bring an older map to this form; `MapRefused` for a newer one. No operation for a map that has it."""
    found = int(row.values.get("schema", 1))
    if found > SCHEMA:
        raise MapRefused(f"The identity map {map} was written by a newer gateway (form {found}, known is {SCHEMA}).")
    if found == SCHEMA:
        return
    for step in range(found, SCHEMA):
        await STEPS[step](store, map)
    try:
        await store.commit(map, [Replace(row.key, {**row.values, "schema": SCHEMA}, row.etag)])
    except Conflict:
        return  # another process did the same at the same time


async def _claims_with_names(store: Store, map: str) -> None:
    """The sweep cannot follow a claim without a name, so those that protect nobody any more go."""
    for type in TYPES:
        home = partition(map, type)
        claims = [claim_of(row) async for row in store.scan(home, "c.")]
        for claim in claims:
            if not (claim.value or claim.live or claim.recent):
                await _drop(store, home, claim)


async def _drop(store: Store, home: str, claim: Claim) -> None:
    try:
        await store.commit(home, [Delete(claim.key, claim.etag)])
    except Conflict:
        return  # it was renewed meanwhile


STEPS: Mapping[int, Callable[[Store, str], Awaitable[None]]] = {1: _claims_with_names}
