"""What a client may show now for an access token, as hashes: its secrets, or what federation trusts."""

from __future__ import annotations

import json

from gateway.authentication.clients import Federation, OAuth
from gateway.authentication.static import digest
from gateway.authentication.ways import Ways


def credentials(ways: Ways) -> tuple[bytes, ...]:
    """The hashes of all that a client of a connection may show."""
    secrets = secret_hashes(ways.oauth) if ways.oauth else ()
    return (*secrets, trust_hash(ways.federation)) if ways.federation else secrets


def secret_hashes(oauth: OAuth) -> tuple[bytes, ...]:
    """The hashes of a client's secrets, in their order."""
    return tuple(digest(secret) for secret in oauth.secrets)


def trust_hash(federation: Federation) -> bytes:
    """Changes with whatever is trusted."""
    trust = federation.trust
    told = (trust.issuer, trust.keys, sorted(trust.audiences), sorted(trust.subjects), federation.client_id)
    return digest(json.dumps(told))
