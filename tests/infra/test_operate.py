"""The gateway's commands on a deployment, with a stand-in for `az` that answers as the real one does."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from gateway.stores.azure_identity import ManagedIdentity
from infra.operate import identity
from scim.identity.store import StoreUnavailable
from tests.end_to_end.processes import PASSWORD, TOKEN, Process, start
from tests.infra import azure
from tests.infra.lint import ROOT

EXAMPLE = (ROOT / "infra" / "gateway.example.toml").read_text()
STAND_IN = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "calls").open("a") as calls:
    print(*sys.argv[1:], file=calls)
answers = json.loads((folder / "answers.json").read_text())
for start, answer in answers.items():
    if " ".join(sys.argv[1:]).startswith(start):
        if isinstance(answer, str):
            sys.exit("WARNING: something\\n" + answer)
        print(json.dumps(answer))
        break
else:
    sys.exit("ERROR: no such command")
"""


class Az:
    """The stand-in: what it answers, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "az"
        program.write_text(STAND_IN.format(python=sys.executable, folder=str(folder)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def answers(self, **answers: Any) -> None:
        document = {name.replace("_", " "): answer for name, answer in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps(document))

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Az:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return Az(tmp_path)


@pytest.fixture(scope="module")
def replicon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    log = tmp_path_factory.mktemp("replicon") / "log"
    process = start(["simulators.replicon", "--port", "0", "--password", PASSWORD], log)
    yield process
    process.stop()


def operate(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.operate", *arguments]
    paths = {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True)


def app_settings(tables: str) -> list[dict[str, Any]]:
    """What `az functionapp config appsettings list` answers about a deployment of the templates."""
    told = azure.settings(tables)
    return [{"name": name, "slotSetting": False, "value": value} for name, value in told.items()]


@pytest.mark.slow
def test_a_command_runs_with_the_settings_and_secrets_of_the_app(az: Az, tables: str, replicon: Process) -> None:
    (az.folder / "gateway.toml").write_text(EXAMPLE + f'domain = "{replicon.url}"\n')
    shows = {
        f"keyvault secret show --id {azure.VAULT}secrets/{name} ": {"value": value}
        for name, value in {"ACME-TIME-TOKEN": TOKEN, "ACME-REPLICON-PASSWORD": PASSWORD}.items()
    }
    az.answers(**{"functionapp config appsettings list": app_settings(tables), **shows})
    done = operate("--resource-group", "rg", "--app", "func", "check", "acme-time", folder=az.folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count(" ok ") == 4
    assert az.calls[0] == "functionapp config appsettings list --resource-group rg --name func --output json"
    assert PASSWORD not in "".join(az.calls) and PASSWORD not in done.stdout
    issue = ("token", "issue", "acme-time", "--name", "Entra, 2027")
    issued = operate("--resource-group", "rg", "--app", "func", *issue, folder=az.folder)
    assert issued.returncode == 0 and issued.stdout.startswith("sgt_"), issued.stderr
    failed = operate("--resource-group", "rg", "--app", "func", "check", "nobody", folder=az.folder)
    assert failed.returncode == 2 and "There is no connection nobody" in failed.stderr


@pytest.mark.parametrize(
    "ends", [{"expires_on": 2000000000}, {"expiresOn": "2033-05-18 03:33:20.000000+00:00"}], ids=["new az", "old az"]
)
async def test_the_store_gets_tokens_of_whoever_is_signed_in(
    az: Az, monkeypatch: pytest.MonkeyPatch, ends: dict[str, Any]
) -> None:
    az.answers(account_get={"accessToken": "eyJ.a.b", **ends})
    with identity() as lent:
        for name, value in lent.items():
            monkeypatch.setenv(name, value)
        token = await ManagedIdentity().get_token("https://storage.azure.com/.default")
    assert (token.token, token.expires_on) == ("eyJ.a.b", 2_000_000_000)
    assert az.calls == ["account get-access-token --resource https://storage.azure.com --output json"]


async def test_without_a_sign_in_the_store_cannot_be_used(
    az: Az, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    az.answers(account_get="ERROR: Please run 'az login' to setup account.")
    with identity() as lent:
        for name, value in lent.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StoreUnavailable, match="gave no token"):
            await ManagedIdentity().get_token("https://storage.azure.com/.default")
    assert "az account get-access-token --resource failed: ERROR: Please run 'az login'" in capsys.readouterr().err


def test_nobody_else_on_the_machine_gets_a_token(az: Az) -> None:
    az.answers(account_get={"accessToken": "eyJ.a.b", "expires_on": 1})
    with identity() as lent:
        asked = urllib.request.Request(
            lent["IDENTITY_ENDPOINT"] + "?resource=x", headers={"X-IDENTITY-HEADER": "guessed"}
        )
        with pytest.raises(HTTPError) as refused:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=10)
        refused.value.close()
    assert refused.value.code == 401 and not (az.folder / "calls").exists()


@pytest.mark.parametrize(
    ("arguments", "answers", "sentence"),
    [
        (["check", "a"], {}, "--resource-group, --app and a command are needed"),
        (["--resource-group", "rg", "--app", "func"], {}, "and a command are needed"),
        (
            ["--resource-group", "rg", "--app", "func", "check", "a"],
            {"functionapp": "ERROR: (ResourceGroupNotFound) Resource group 'rg' could not be found."},
            "az functionapp config appsettings failed: ERROR: (ResourceGroupNotFound)",
        ),
    ],
)
def test_a_mistake_is_a_sentence(az: Az, arguments: list[str], answers: dict[str, Any], sentence: str) -> None:
    az.answers(**answers)
    done = operate(*arguments, folder=az.folder, AZURE_RESOURCE_GROUP="", SCIMGATE_APP="")
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr


def test_without_the_cli_it_says_what_to_install(tmp_path: Path) -> None:
    done = operate("--resource-group", "rg", "--app", "f", "check", "a", folder=tmp_path, PATH="")
    assert (done.returncode, "install `az`" in done.stderr) == (2, True)
