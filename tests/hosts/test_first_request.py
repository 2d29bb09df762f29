"""What the first request of a Function costs and tells: who is not let in pays for the door alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import azure.functions as func
import pytest

from gateway.azure_functions import FunctionHost
from tests.end_to_end.processes import ENVIRONMENT, OTHER, PASSWORD, ROOT, TOKEN

GOOD = """
[gateway]
store = "memory:"
[connections.directory]
adapter = "directory"
token = { env = "DIRECTORY_TOKEN" }
[connections.directory.settings]
path = ":memory:"
[connections.replicon]
adapter = "replicon"
token = { env = "REPLICON_TOKEN" }
[connections.replicon.settings]
company_key = "acme"
username = "scim.gateway"
password = { env = "REPLICON_PASSWORD" }
"""
USERS, OTHERS = "/directory/scim/v2/Users", "/replicon/scim/v2/Users"
ASKED = """
import asyncio, sys
import azure.functions as func
from gateway.azure_functions import FunctionHost

path, token = sys.argv[1:]
request = func.HttpRequest("GET", "https://x" + path, headers={"authorization": "Bearer " + token}, body=b"")
print(asyncio.run(FunctionHost()(request)).status_code, *sys.modules)
"""
ENGINE = {"pydantic", "importlib.metadata", "scim.service", "scim.schemas", "adapters.directory", "sqlite3"}
OTHER_BACKEND = {"adapters.replicon", "httpx", "aiohttp", "azure.core"}
IMPORTS = [
    ("a wrong token", OTHERS, "wrong", "401", set(), ENGINE | OTHER_BACKEND),
    ("no connection", "/nobody/scim/v2/Users", OTHER, "401", set(), ENGINE | OTHER_BACKEND),
    ("no address", "/nothing", "", "404", set(), ENGINE | OTHER_BACKEND),
    ("a backend of several", USERS, OTHER, "200", ENGINE, OTHER_BACKEND),
]


@pytest.mark.parametrize(
    ("why", "path", "token", "status", "needed", "spared"), IMPORTS, ids=[row[0] for row in IMPORTS]
)
def test_only_what_a_request_needs_is_imported(
    tmp_path: Path, why: str, path: str, token: str, status: str, needed: set[str], spared: set[str]
) -> None:
    (tmp_path / "gateway.toml").write_text(GOOD)
    environment = {**os.environ, **ENVIRONMENT, "SCIMGATE_CONFIG": str(tmp_path / "gateway.toml")}
    command = [sys.executable, "-c", ASKED, path, token]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    answered, *modules = done.stdout.split()
    assert answered == status, done.stderr
    assert set(modules) & (needed | spared) == needed, why


Ask = Callable[[str, str], int]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Ask]:
    """A Function with a configuration; its answers are statuses."""

    def made(config: str) -> Ask:
        (tmp_path / "gateway.toml").write_text(config)
        for name, value in {**ENVIRONMENT, "SCIMGATE_CONFIG": str(tmp_path / "gateway.toml")}.items():
            monkeypatch.setenv(name, value)
        host = FunctionHost()

        def ask(path: str, token: str) -> int:
            headers = {"authorization": f"Bearer {token}"}
            request = func.HttpRequest("GET", f"https://x{path}", headers=headers, body=b"")
            return int(asyncio.run(host(request)).status_code)

        return ask

    return made


FAULTS = [
    ("a setting is missing", ('company_key = "acme"', ""), "settings.company_key: it is missing"),
    ("a variable is not set", ('"REPLICON_PASSWORD"', '"UNSET"'), "the environment variable UNSET is not set"),
    ("no such adapter", ('"replicon"', '"replicn"'), "There is no adapter replicn"),
    ("no such option", ('adapter = "replicon"', 'adapter = "replicon"\non_delete = "erase"'), "on_delete: it must be"),
]


@pytest.mark.parametrize(("why", "change", "fault"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_of_one_backend_is_told_to_those_who_are_let_in_and_stops_no_other(
    told: Callable[[str], Ask], caplog: pytest.LogCaptureFixture, why: str, change: tuple[str, str], fault: str
) -> None:
    ask = told(GOOD.replace(*change))
    assert (ask(OTHERS, "wrong"), ask(USERS, OTHER)) == (401, 200)
    assert fault not in caplog.text
    assert [ask(OTHERS, TOKEN) for _ in range(2)] == [503, 503]
    assert caplog.text.count(fault) == 2
    assert "The gateway cannot start the connection replicon. " in caplog.text
    assert PASSWORD not in caplog.text


def test_readiness_looks_at_every_backend(told: Callable[[str], Ask], caplog: pytest.LogCaptureFixture) -> None:
    assert told(GOOD)("/readyz", "") == 200
    faulty = GOOD.replace('company_key = "acme"', "").replace('path = ":memory:"', "paths = 5")
    assert told(faulty)("/readyz", "") == 503
    assert "settings.company_key" in caplog.text and "settings.paths" in caplog.text
    assert "The gateway cannot start" in caplog.text


TOGETHER = [
    ("a token is not set", ('"DIRECTORY_TOKEN"', '"UNSET"'), "UNSET is not set"),
    ("a token for two", ('"DIRECTORY_TOKEN"', '"REPLICON_TOKEN"'), "it is a token or secret of"),
    ("a map for two", ('adapter = "directory"', 'adapter = "directory"\nmap = "replicon"'), "belongs to directory"),
    ("no such store", ('"memory:"', '"redis:"'), "gateway.store"),
]


@pytest.mark.parametrize(("why", "change", "fault"), TOGETHER, ids=[row[0] for row in TOGETHER])
def test_where_nobody_can_say_who_may_come_in_nobody_does_and_all_faults_are_told(
    told: Callable[[str], Ask], caplog: pytest.LogCaptureFixture, why: str, change: tuple[str, str], fault: str
) -> None:
    ask = told(GOOD.replace(*change).replace('company_key = "acme"', ""))
    assert [ask(USERS, OTHER), ask(OTHERS, TOKEN), ask(OTHERS, "wrong"), ask("/readyz", "")] == [503] * 4
    assert fault in caplog.text and "settings.company_key: it is missing" in caplog.text, why
