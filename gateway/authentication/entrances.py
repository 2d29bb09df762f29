"""What lets clients into a connection now, in words for its operator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.authentication.issued import Issued, day, listed
from gateway.config import Connection
from scim.identity.store import Store


async def entrances(connection: Connection, store: Store) -> Sequence[str]:
    """Every way in that is open; empty when nobody can come in. Raises what the store raises."""
    issued = [one for one in await listed(store, connection.name) if not one.expired]
    return tuple(_told(connection, issued))


def _told(connection: Connection, issued: Sequence[Issued]) -> Iterator[str]:
    ways = connection.ways
    if connection.token:
        yield "a static token"
    if issued:
        last = day(max(one.expires for one in issued))
        yield f"{len(issued)} issued token{'s' * (len(issued) > 1)} (until {last})"
    if ways.oauth:
        yield f"a client with {len(ways.oauth.secrets)} secret{'s' * (len(ways.oauth.secrets) > 1)}"
    if ways.federation:
        yield "federation with Entra"
    if ways.entra:
        yield "Entra's own tokens"
