"""Backends behind TLS: whom the HTTP layer trusts, and that nobody else waits for certificates to be read."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from scim_adapter import Unavailable
from scim_adapter.http import Http
from tests.scim_adapter.test_http import server

CONTEXT = "scim_adapter.http.ssl_context"


def certificate(folder: Path) -> Path:
    """A key and a certificate of 127.0.0.1 that nobody but itself has signed, in one file."""
    key, now, day = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), timedelta(days=1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "backend")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "backend.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    await writer.drain()


async def test_a_backend_must_be_one_that_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem)
    async with server(answer, tls) as (url, calls):
        http = Http(url, attempts=1)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await http.send("GET", "/x")
        assert not calls
        await http.aclose()
        monkeypatch.setattr(CONTEXT, lambda: ssl.create_default_context(cafile=str(pem)))
        assert (await http.send("GET", "/x")).status_code == 200
        await http.aclose()


async def test_who_is_asked_without_tls_waits_for_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> ssl.SSLContext:
        raise AssertionError("certificates are read")

    monkeypatch.setattr(CONTEXT, read)
    http = Http()
    async with server(answer) as (url, _):
        assert (await http.send("GET", url)).status_code == 200
        with pytest.raises(AssertionError, match="certificates are read"):
            await http.send("GET", url.replace("http", "https"))
    await http.aclose()
