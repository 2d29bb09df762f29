"""What is checked before anything is sent to Azure: configuration and parameters fit, and the map is not lost."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import preflight
from infra.configuration import Mistake, read, refuse_a_lost_map
from tests.infra.lint import ROOT

EXAMPLE = (ROOT / "infra" / "gateway.example.toml").read_text()
SECRETS = ("ACME_TIME_TOKEN", "ACME_REPLICON_PASSWORD")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as an operator's own files."""
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gateway.toml").write_text(EXAMPLE)
    shutil.copy(ROOT / "infra" / "main.parameters.json", tmp_path)
    return tmp_path


def run(folder: Path) -> int:
    return preflight.main(["--config", str(folder / "gateway.toml"), "--parameters", str(folder)])


def changed(folder: Path, **values: Any) -> None:
    path = folder / "main.parameters.json"
    document = json.loads(path.read_text())
    document["parameters"] |= {name: {"value": value} for name, value in values.items()}
    path.write_text(json.dumps(document))


def test_the_examples_fit_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "No value here for ACME_REPLICON_PASSWORD, ACME_TIME_TOKEN: "
        "each keeps the value that the vault has, if it has one.",
        "gateway.toml and main.parameters.json fit together.",
    ]


def test_a_value_of_the_environment_is_not_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "a-value-that-is-long-enough")
    assert run(folder) == 0
    told = capsys.readouterr()
    assert "No value" not in told.out and "long-enough" not in told.out + told.err


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"connections": ["acme"]},
            'connections in main.parameters.json must be ["acme-time"], as gateway.toml has it.',
        ),
        ({"secretNames": ["ACME_TIME_TOKEN"]}, 'must be ["ACME_REPLICON_PASSWORD", "ACME_TIME_TOKEN"]'),
        ({"secretNames": [*SECRETS, "MORE"]}, "secretNames in main.parameters.json must be"),
    ],
)
def test_a_difference_is_said_with_what_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str], values: Any, sentence: str
) -> None:
    changed(folder, **values)
    assert run(folder) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "needed"),
    [
        ("", ()),
        ("[connections.acme-time.oauth]\n", ()),
        ("[connections.acme-time.federation]\n", ("requirements-entra.txt",)),
        ("[connections.acme-time.entra]\n", ("requirements-entra.txt",)),
    ],
)
def test_packages_are_taken_along_where_a_connection_needs_them(
    folder: Path, capsys: pytest.CaptureFixture[str], lines: str, needed: tuple[str, ...]
) -> None:
    (folder / "gateway.toml").write_text(EXAMPLE + lines)
    assert read(folder / "gateway.toml").requirements == ("requirements.txt", *needed)
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert ("azd does if requirements.txt has a line -r requirements-entra.txt" in told) == bool(needed)


@pytest.mark.parametrize(("traces", "needed"), [("none", ()), ("azure-monitor", ("requirements-telemetry.txt",))])
def test_packages_are_taken_along_where_requests_are_traced(folder: Path, traces: str, needed: tuple[str, ...]) -> None:
    (folder / "gateway.toml").write_text(EXAMPLE.replace("[gateway]\n", f'[gateway]\ntraces = "{traces}"\n'))
    assert read(folder / "gateway.toml").requirements == ("requirements.txt", *needed)


def test_secrets_in_a_list_are_secrets_of_the_vault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oauth = '[connections.acme-time.oauth]\nsecrets = [{ env = "ONE" }, { env = "TWO" }]\n'
    (folder / "gateway.toml").write_text(EXAMPLE + oauth)
    assert run(folder) == 1
    assert '"ONE", "TWO"' in capsys.readouterr().err


def test_a_short_token_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TIME_TOKEN", "short")
    assert run(folder) == 1
    assert "ACME_TIME_TOKEN has 5 characters; a token has at least 16." in capsys.readouterr().err


@pytest.mark.parametrize("value", ['pass"word', "pass\\nword", "pass\nword"])
def test_a_secret_that_azd_would_read_as_json_is_refused_unless_the_parameters_are_bicep(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ACME_REPLICON_PASSWORD", value)
    assert run(folder) == 1
    told = capsys.readouterr().err
    assert "ACME_REPLICON_PASSWORD has a quotation mark, a backslash or a line break" in told and "word\n" not in told
    names = ", ".join(f"'{name}'" for name in SECRETS)
    (folder / "main.bicepparam").write_text(f"param connections = ['acme-time']\nparam secretNames = [{names}]\n")
    assert run(folder) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ACME-TIME-TOKEN", "ACME-TIME-TOKEN cannot name a secret"),
        ("1_TOKEN", "1_TOKEN cannot name a secret"),
        ("TÖKEN", "TÖKEN cannot name a secret"),
        ("Acme_Replicon_Password", "ACME_REPLICON_PASSWORD and Acme_Replicon_Password would be one secret"),
    ],
)
def test_a_name_that_key_vault_does_not_take_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    (folder / "gateway.toml").write_text(EXAMPLE.replace("ACME_TIME_TOKEN", name))
    changed(folder, secretNames=[name, "ACME_REPLICON_PASSWORD"])
    assert run(folder) == 1
    assert sentence in capsys.readouterr().err


def test_the_commands_need_nothing_but_python() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import infra.preflight, infra.package, infra.operate"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_bicepparam_file_is_read_where_azd_reads_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ROOT / "infra" / "example.bicepparam", folder / "main.bicepparam")
    assert run(folder) == 1
    assert 'connections in main.bicepparam must be ["acme-time"]' in capsys.readouterr().err
    (folder / "main.bicepparam").write_text("using 'main.bicep'\n")
    assert run(folder) == 2
    assert "there is no list connections" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "copy infra/gateway.example.toml"),
        ("[gateway", "is not valid TOML"),
        ("", "has no [connections.NAME]"),
        (
            EXAMPLE.replace('{ env = "SCIMGATE_STORE" }', '"sqlite:.data/gateway.db"'),
            "A Function's disk is thrown away",
        ),
        (EXAMPLE.replace('store = { env = "SCIMGATE_STORE" }', ""), "A Function's disk is thrown away"),
        (EXAMPLE.replace('{ env = "SCIMGATE_STORE" }', '"memory:"'), "A Function's disk is thrown away"),
    ],
)
def test_a_configuration_that_cannot_be_deployed_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str | None, sentence: str
) -> None:
    path = folder / "gateway.toml"
    path.unlink() if content is None else path.write_text(content)
    assert run(folder) == 2
    told = capsys.readouterr().err
    assert sentence in told and "Traceback" not in told


@pytest.mark.parametrize("content", [None, "{", '{"parameters": {}}', '{"parameters": {"connections": {"value": 5}}}'])
def test_parameters_that_cannot_be_read_are_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    path = folder / "main.parameters.json"
    path.unlink() if content is None else path.write_text(content)
    assert run(folder) == 2
    assert "main.parameters.json cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("store", ["tables:https://x.table.core.windows.net", "python:mine.store:Store"])
def test_a_store_that_stays_is_taken(folder: Path, store: str) -> None:
    (folder / "gateway.toml").write_text(EXAMPLE.replace('{ env = "SCIMGATE_STORE" }', f'"{store}"'))
    refuse_a_lost_map(read(folder / "gateway.toml"))


def test_a_folder_for_a_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize(("version", "status"), [((3, 10, 14), 2), ((3, 11, 0), 0), ((3, 13, 1), 0)])
def test_an_old_python_is_told_what_is_needed(version: tuple[int, int, int], status: int) -> None:
    code = f"import sys; sys.version_info = {version}; import infra"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == status
    assert done.stderr == ("Python 3.11 or newer is needed; this is 3.10.\n" if status else "")


def test_the_hooks_of_azd_are_commands_that_are_there() -> None:
    hooks = (ROOT / "azure.yaml").read_text()
    assert set(re.findall(r"-m infra\.(\w+)", hooks)) == {"preflight"}
    assert all((ROOT / page).exists() for page in re.findall(r"docs/[\w/.-]+\.md", hooks))
