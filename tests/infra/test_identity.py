"""The app as it is in Azure: an https account without keys, and tokens of the managed identity that the settings name.

The emulator takes tokens when it serves https; issuer, audience and times of each are looked at, its signature is not.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.azurite.server import PROGRAM, free_port
from tests.end_to_end.processes import PASSWORD, Process, start
from tests.infra import azure
from tests.infra.test_settings import EXAMPLE, FILTER, client, vault

ACCOUNT = "stscimgate"
HOST = f"{ACCOUNT}.table.core.windows.net"
AT_HOME = """
import socket
asked = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: asked(
    "127.0.0.1" if str(host).endswith(".core.windows.net") else host, *more, **named)
"""
"""The account's name leads to the emulator."""


def jwt(audience: str, seconds: int) -> str:
    """A token such as Entra issues, but for its signature."""
    now = int(time.time())
    claims = {"iss": "https://sts.windows.net/tenant/", "aud": audience, "iat": now, "nbf": now, "exp": now + seconds}
    parts = (json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "RS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2lnbmF0dXJl"])


class Identity:
    """The endpoint of the managed identity: what it hands out, and what it was asked."""

    def __init__(self) -> None:
        self.audience = "https://storage.azure.com"
        self.asked: list[dict[str, Any]] = []

    @contextmanager
    def served(self) -> Iterator[dict[str, str]]:
        """The settings that Azure adds to an app with an identity."""
        identity = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {name: one for name, [one] in parse_qs(urlsplit(self.path).query).items()}
                identity.asked.append({**query, "header": self.headers.get("X-IDENTITY-HEADER")})
                token = {"access_token": jwt(identity.audience, 3600), "expires_on": str(int(time.time()) + 3600)}
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(token).encode())

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing."""

        with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_port}/msi/token", "IDENTITY_HEADER": "h"}
            finally:
                server.shutdown()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the account's name, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    program = shutil.which("openssl")
    if program is None or not PROGRAM.exists():
        pytest.skip("openssl and Azurite are needed: the identity's way to the store is not tested here.")
    command = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def account(certificate: Path) -> Iterator[str]:
    """The table endpoint of an account that takes tokens."""
    port = free_port()
    options = ["--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck", "--oauth", "basic"]
    options += ["--cert", str(certificate / "cert"), "--key", str(certificate / "key"), "--tablePort", str(port)]
    accounts = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{base64.b64encode(b'nobody has this key').decode()}"}
    process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL, env={**os.environ, **accounts})
    try:
        azure.wait_for(port)
        yield f"https://{HOST}:{port}/"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("app")
    replicon = start(["simulators.replicon", "--port", "0", "--password", PASSWORD], folder / "replicon.log")
    yield azure.staged(folder, EXAMPLE + f'domain = "{replicon.url}"\n')
    replicon.stop()


@contextmanager
def running(app: Path, account: str, certificate: Path, added: dict[str, str]) -> Iterator[Process]:
    told = azure.resolved(azure.settings(account), vault())
    environment = {**told, **added, "SSL_CERT_FILE": str(certificate / "cert")}
    process = azure.started(app, environment, app / "log", before=AT_HOME)
    try:
        yield process
    finally:
        process.stop()


@pytest.mark.slow
def test_the_store_is_opened_with_the_identity_that_the_settings_name(
    app: Path, account: str, certificate: Path
) -> None:
    identity = Identity()
    with identity.served() as added, running(app, account, certificate, added) as process, client(process) as gateway:
        # it writes the row of the map and reads; transactions on such an address are beyond the emulator
        found = gateway.get(FILTER)
        assert (found.status_code, found.json()["totalResults"]) == (200, 0), process.log.read_text()
        assert gateway.get("/readyz").text == "ready"
    name = azure.settings(account)["AZURE_CLIENT_ID"]
    [asked] = identity.asked
    assert (asked["resource"], asked["client_id"], asked["header"]) == ("https://storage.azure.com", name, "h")


def test_a_token_for_something_else_opens_nothing(app: Path, account: str, certificate: Path) -> None:
    identity = Identity()
    identity.audience = "https://vault.azure.net"
    with identity.served() as added, running(app, account, certificate, added) as process, client(process) as gateway:
        assert gateway.get("/readyz").status_code == 503
        assert gateway.get("/acme-time/scim/v2/Users").status_code == 503
        assert gateway.get("/healthz").status_code == 200
    assert "eyJ" not in process.log.read_text()
