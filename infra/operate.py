"""`python -m infra.operate COMMAND`: run `python -m gateway COMMAND` here, on the identity maps that are in Azure.

Settings come from the deployed app, secrets from Key Vault, and tokens for Table Storage from `az`, all as whoever is
signed in with `az login`: the templates give `operatorPrincipalId` the roles for it. Nothing is written to disk.
"""

# ruff: noqa: T201, S603 - a command prints, and runs az and the gateway

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.configuration import ROOT, Mistake

REFERENCE = re.compile(r"@Microsoft\.KeyVault\(SecretUri=(?P<uri>[^)]+)\)")


def az(*arguments: str) -> Any:
    """What an `az` command answers, as JSON; `Mistake` when it is missing or fails."""
    program = shutil.which("az")
    if program is None:
        raise Mistake("The Azure CLI is needed for this: install `az`, then run `az login`.")
    done = subprocess.run([program, *arguments, "--output", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        raise Mistake(f"az {' '.join(arguments[:3])} failed: {reason[-1]}")
    return json.loads(done.stdout)


def settings(group: str, app: str) -> dict[str, str]:
    """The app settings of a deployed app, references to Key Vault resolved."""
    told = az("functionapp", "config", "appsettings", "list", "--resource-group", group, "--name", app)
    return {str(one["name"]): _resolved(str(one["value"])) for one in told}


def _resolved(value: str) -> str:
    found = REFERENCE.fullmatch(value)
    return str(az("keyvault", "secret", "show", "--id", found["uri"])["value"]) if found else value


@contextmanager
def identity() -> Iterator[Mapping[str, str]]:
    """The environment of a managed identity's endpoint that hands out tokens of whoever is signed in with `az`."""
    secret = secrets.token_urlsafe(32)

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not secrets.compare_digest(self.headers.get("X-IDENTITY-HEADER", ""), secret):
                return self._answer(401, {"error": "wrong header"})
            [resource] = parse_qs(urlsplit(self.path).query).get("resource", [""])
            try:
                return self._answer(200, _token(resource))
            except Mistake as mistake:
                print(mistake, file=sys.stderr)
                return self._answer(500, {"error": "no token"})

        def _answer(self, status: int, document: Mapping[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: a line for each token is no use."""

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_port}/token", "IDENTITY_HEADER": secret}
        finally:
            server.shutdown()


def _token(resource: str) -> dict[str, str]:
    told = az("account", "get-access-token", "--resource", resource)
    ends = told.get("expires_on") or datetime.fromisoformat(told["expiresOn"]).astimezone(UTC).timestamp()
    return {"access_token": told["accessToken"], "expires_on": str(int(ends))}


def main(arguments: list[str]) -> int:
    """Run one command of the gateway and answer with its exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.operate", description=__doc__)
    environment = os.environ
    parser.add_argument("--resource-group", default=environment.get("AZURE_RESOURCE_GROUP"), metavar="NAME")
    parser.add_argument("--app", default=environment.get("SCIMGATE_APP"), metavar="NAME")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="as for python -m gateway")
    chosen = parser.parse_args(arguments)
    if not (chosen.resource_group and chosen.app and chosen.command):
        parser.error("--resource-group, --app and a command are needed; `azd env get-values` prints the first two.")
    try:
        told = settings(chosen.resource_group, chosen.app)
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return 2
    with identity() as lent:
        paths = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
        everything = {**environment, **told, **lent, "PYTHONPATH": paths}
        return subprocess.run(
            [sys.executable, "-m", "gateway", *chosen.command], env=everything, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
