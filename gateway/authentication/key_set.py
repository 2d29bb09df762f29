"""A key set (RFC 7517), fetched and read. Imports PyJWT and cryptography, so it is imported when a key is needed."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import RSAAlgorithm

from gateway.authentication.answers import CannotTell

MOST_BYTES = 1_000_000
LEAST_BITS = 2048


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Keys come from the configured address and from nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(url: str) -> Mapping[str, RSAPublicKey]:
    """The usable keys behind an address by their ids; `CannotTell` without an answer that is a key set."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if url.startswith("http://"):  # this machine's own, which no proxy reaches
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=5) as response:
            return _read(json.loads(response.read(MOST_BYTES)))
    except HTTPError as error:
        error.close()
        raise CannotTell(f"The keys' address answered {error.code}.") from None
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise CannotTell(f"The keys' address gave no usable answer ({type(error).__name__}).") from None


def _read(document: Any) -> Mapping[str, RSAPublicKey]:
    """The RSA keys of a key set. What is no such key, or a weak one, is left out."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError
    named = [one for one in document["keys"] if isinstance(one, dict) and isinstance(one.get("kid"), str)]
    return {one["kid"]: key for one in named if (key := _key(one)) is not None}


def _key(told: Mapping[str, Any]) -> RSAPublicKey | None:
    if told.get("kty") != "RSA" or told.get("use", "sig") != "sig" or "d" in told:
        return None
    try:
        key = RSAAlgorithm.from_jwk(dict(told))
    except (InvalidKeyError, ValueError, TypeError, AttributeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS else None
