"""Stands in for Entra as an issuer of tokens: real RSA keys, and a key set on the loopback address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

TENANT = "3c1f0a2b-5d4e-4f60-8a71-b2c3d4e5f607"
SUBJECT = "d2f8ee76-0000-4000-8000-a143f5b64066"
AUDIENCE = "api://b5ba7a93-0000-4000-8000-a2b5da870c16"
CUSTOM_APPS = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
FEDERATED: Mapping[str, Any] = {
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "aud": AUDIENCE,
    "sub": SUBJECT,
    "oid": SUBJECT,
    "tid": TENANT,
    "uti": "a-unique-value",
    "ver": "2.0",
}
BLANK: Mapping[str, Any] = {
    "iss": f"https://sts.windows.net/{TENANT}/",
    "aud": CUSTOM_APPS,
    "sub": SUBJECT,
    "oid": SUBJECT,
    "tid": TENANT,
    "ver": "1.0",
}
"""What is in a token of workload identity federation, and in the one that comes where no secret was entered."""


@cache
def private(name: str) -> RSAPrivateKey:
    """The key pair of this name, made once; that of "weak" is too short to be trusted."""
    return generate_private_key(65537, 1024 if name == "weak" else 2048)


def public(name: str, **members: Any) -> dict[str, Any]:
    """Its public half as a member of a key set."""
    told: dict[str, Any] = RSAAlgorithm.to_jwk(private(name).public_key(), as_dict=True)
    return {**told, "kid": name, "use": "sig", **members}


def timed(claims: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Claims with times around now. A change of None takes a claim away; times are seconds from now."""
    now = int(time.time())
    told = {"iat": -10, "nbf": -10, "exp": 3600, **claims, **changes}
    return {
        name: now + value if name in ("iat", "nbf", "exp") and isinstance(value, int) else value
        for name, value in told.items()
        if value is not None
    }


def signed(claims: Mapping[str, Any], key: str = "a", algorithm: str = "RS256", **headers: Any) -> str:
    """A token; `kid` None leaves the key unnamed."""
    headers = {"kid": key, **headers}
    told = {name: value for name, value in headers.items() if value is not None}
    return jwt.encode(dict(claims), private(key), algorithm=algorithm, headers=told)


def by_hand(claims: Mapping[str, Any], algorithm: str, secret: bytes | None = None, kid: str = "a") -> str:
    """A token that no library would make: signed by HMAC with any secret, or not at all."""
    header = {"alg": algorithm, "typ": "JWT", "kid": kid}
    body = ".".join(_encoded(json.dumps(part).encode()) for part in (header, dict(claims)))
    signature = _encoded(hmac.digest(secret, body.encode(), hashlib.sha256)) if secret is not None else ""
    return f"{body}.{signature}"


def pem(name: str) -> bytes:
    """A public key as everybody may have it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private(name).public_key().public_bytes(serialization.Encoding.PEM, form)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class KeySets:
    """Key sets by path; `asked` counts requests, and who holds `held` makes them wait. A path without a set is 500."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sets: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.held = threading.Lock()

    def publish(self, path: str, keys: Sequence[Mapping[str, Any]]) -> str:
        """Serve these keys; the address that they have."""
        self.sets[path] = {"keys": list(keys)}
        return self.url + path


@contextmanager
def key_sets() -> Iterator[KeySets]:
    """A server of key sets."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sets.asked[self.path] += 1
            with sets.held:
                self.answer()

        def answer(self) -> None:
            found = sets.sets.get(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(500 if found is None else 302 if self.path.endswith("/moved") else 200)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sets = KeySets(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield sets
        server.shutdown()
