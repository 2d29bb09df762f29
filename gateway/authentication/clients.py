"""Whom a connection lets in beside those who have its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Trust:
    """Whose signed tokens are believed: one tenant's, for these audiences, about these subjects (empty: any)."""

    tenant: str
    issuer: str
    keys: str
    audiences: frozenset[str]
    subjects: frozenset[str]


@dataclass(frozen=True)
class OAuth:
    """A client with one or two secrets (RFC 6749 4.4). `lifetime` is that of its access tokens, in seconds."""

    client_id: str
    secrets: tuple[str, ...] = field(repr=False)
    lifetime: int


@dataclass(frozen=True)
class Federation:
    """A client that shows a token of Entra instead of a secret (RFC 7523 2.2, RFC 8693)."""

    client_id: str
    trust: Trust
    lifetime: int
