"""A gateway in both shapes, as processes of their own on one store, and its command line."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from gateway.authentication.ledger import AGAIN_SECONDS
from gateway.cli import main
from tests.azurite.server import free_port
from tests.end_to_end.processes import ROOT, Process, start

SHAPES = ("worker library", "asgi")
STATIC = "the-static-token-of-acme"
SECRETS = ("the-first-secret-of-acme", "the-other+secret of%acme")
ENVIRONMENT = {"ACME_TOKEN": STATIC, "ACME_SECRET": SECRETS[0], "ACME_SECRET_2": SECRETS[1]}
OTHER_SECRET = "the-secret-of-the-other"
OAUTH = (
    '[connections.acme.oauth]\nclient_id = "entra-acme"\nlifetime = 21600\n'
    'secrets = [{ env = "ACME_SECRET" }, { env = "ACME_SECRET_2" }]\n',
    '[connections.other.oauth]\nsecrets = [{ env = "OTHER_SECRET" }]\n',
)
"""Clients of both connections."""
CONFIG = """
[gateway]
store = "{store}"
public_url = "https://scim.example.com"
[connections.acme]
adapter = "directory"
token = {{ env = "ACME_TOKEN" }}
{acme}
[connections.acme.settings]
path = ":memory:"
[connections.other]
adapter = "directory"
{other}
[connections.other.settings]
path = ":memory:"
"""


@dataclass
class Gateway:
    """One gateway; requests go over HTTP."""

    folder: Path
    process: Process
    environment: Mapping[str, str]
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    def users(self, authorization: str | None, connection: str = "acme") -> httpx.Response:
        """Ask for users with this Authorization header."""
        headers = {} if authorization is None else {b"authorization": authorization.encode("latin-1")}
        return self.client.get(f"{self.process.url}/{connection}/scim/v2/Users?count=1", headers=headers)

    def opens(self, token: str, connection: str = "acme") -> bool:
        """Whether a bearer token opens a connection; fails for anything but 200 and 401."""
        answer = self.users(f"Bearer {token}", connection)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    def soon_opens(self, token: str) -> bool:
        """Whether a new token opens the first connection: at once, or when the gateway looks again."""
        for _ in range(20):
            if self.opens(token):
                return True
            time.sleep(AGAIN_SECONDS / 10)
        return False

    def command(self, *arguments: str) -> tuple[int, str, str]:
        """`python -m gateway token …` beside the running gateway."""
        out, err = io.StringIO(), io.StringIO()
        config = str(self.folder / "gateway.toml")
        with patch.dict(os.environ, self.environment), redirect_stdout(out), redirect_stderr(err):
            try:
                status = main(["token", *arguments, "--config", config])
            except SystemExit as ended:
                status = int(str(ended.code))
        return status, out.getvalue(), err.getvalue()

    def documents(self, *arguments: str) -> list[Any]:
        """What such a command writes as JSON."""
        status, out, err = self.command(*arguments, "--json")
        assert status == 0, err
        return [json.loads(line) for line in out.splitlines()]

    def log(self) -> str:
        """Everything that the process has written."""
        return self.process.log.read_text()


def configured(folder: Path, acme: str = "", other: str = "", store: str = "") -> Path:
    """A gateway.toml with two connections; `acme` and `other` are further lines for them."""
    path = folder / "gateway.toml"
    path.write_text(CONFIG.format(store=store or f"sqlite:{folder}/map.db", acme=acme, other=other))
    return path


@contextmanager
def running(shape: str, config: Path, environment: Mapping[str, str] = ENVIRONMENT) -> Iterator[Gateway]:
    """A gateway in one of the two shapes."""
    log = config.parent / f"{shape[:4]}.log"
    if shape == "asgi":
        process = start(["gateway", "serve", "--config", str(config), "--port", "0"], log, environment)
    else:
        arguments = ["tests.hosts.serve_functions", str(ROOT), str(free_port())]
        process = start(arguments, log, {**environment, "SCIMGATE_CONFIG": str(config)})
    gateway = Gateway(config.parent, process, environment)
    try:
        yield gateway
    finally:
        gateway.client.close()
        process.stop()
