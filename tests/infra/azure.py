"""What Azure would make of the templates: the app's settings, its secrets, and the app running with exactly those."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.uploaded import uploaded
from tests.end_to_end.processes import Process
from tests.infra.evaluate import Evaluator
from tests.infra.lint import ROOT, sources
from tests.infra.settings import app_settings
from tests.infra.tree import Declaration, File, at, parsed

TEMPLATES = parsed(sources())
SERVE = """
import asyncio, logging, pathlib, sys
from tests.hosts.serve_functions import main
logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
asyncio.run(main(pathlib.Path(sys.argv[1]), int(sys.argv[2])))
"""
"""As Azure's worker has it: the root logger takes everything from INFO on."""
VAULT = "https://kv-scim-test.vault.azure.net/"
PARAMETERS = {name: one["value"] for name, one in json.loads(sources()["main.parameters.json"])["parameters"].items()}


def app_values(table_endpoint: str, **more: Any) -> dict[str, Any]:
    """Parameters of app.bicep as gateway.bicep would give them, and what is known of the app once it is there."""
    return {
        "tableEndpoint": table_endpoint,
        "blobEndpoint": "https://stscimgate.blob.core.windows.net/",
        "packageContainer": "packages",
        "clientId": "11111111-2222-3333-4444-555555555555",
        "identityId": "/identities/scimgate",
        "vaultUri": VAULT,
        "insightsConnectionString": "InstrumentationKey=00000000-0000-0000-0000-000000000000",
        "secretNames": PARAMETERS["secretNames"],
        "publicUrl": "",
        "moreSettings": {},
        "restrictToEntra": False,
        "allowedAddresses": [],
        "app": {"properties": {"defaultHostName": "func-scimgate-test.azurewebsites.net"}},
        **more,
    }


def settings(table_endpoint: str, **more: Any) -> dict[str, str]:
    """The app settings of a deployment."""
    app = TEMPLATES["modules/app.bicep"]
    return dict(Evaluator(app, app_values(table_endpoint, **more))(app_settings(app)))


def secret_names(names: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The names of the secrets that vault.bicep would write."""
    vault = TEMPLATES["modules/vault.bicep"]
    given = {"secretNames": names, "secretValues": values, "vault": {}}
    written = Evaluator(vault, given)(resource(vault, "secrets").default)
    return [one["name"] for one in written if one]


def resource(file: File, name: str) -> Declaration:
    """A resource by its symbol, nested or not."""
    return next(one for one in file.resources if one.name == name)


def resolved(given: Mapping[str, str], vault: Mapping[str, str]) -> dict[str, str]:
    """Settings as the process sees them: a reference is replaced by its secret, or stays a text when there is none."""
    return {name: vault.get(value, value) for name, value in given.items()}


def references(given: Mapping[str, str]) -> dict[str, str]:
    """References to Key Vault by the names of their settings."""
    return {name: value for name, value in given.items() if value.startswith("@Microsoft.KeyVault(")}


def site_property(path: str, **more: Any) -> Any:
    """The value of a property of the site."""
    app = TEMPLATES["modules/app.bicep"]
    return Evaluator(app, app_values("", **more))(at(resource(app, "app").body, path))


def staged(folder: Path, configuration: str) -> Path:
    """An app folder with the files that azd would upload, and a configuration."""
    for path in uploaded(ROOT):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    (folder / "gateway.toml").write_text(configuration)
    return folder


def wait_for(port: int) -> None:
    """Return when something listens on a port."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Nothing listens on port {port}.")


def started(
    app: Path, environment: Mapping[str, str], log: Path, paths: Sequence[Path] = (), before: str = ""
) -> Process:
    """The app inside Microsoft's worker library, with this environment and no other; `before` is run first.

    With `paths` Python has nothing but the standard library and these folders.
    """
    isolated = ["-I", "-S"] if paths else []
    added = f"import sys; sys.path[:0] = {[str(path) for path in paths]!r}\n" if paths else ""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *isolated, "-c", added + before + SERVE, str(app), "0"],
            cwd=app if paths else ROOT,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    process.stdout.close()
    if "http://" not in line:
        process.wait(10)
        raise AssertionError(log.read_text())
    return Process(process, line.split()[-1], log)
