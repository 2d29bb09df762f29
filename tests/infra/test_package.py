"""The deployment zip: what is in it, that it is the same each time, and that it runs alone."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra import package
from infra.package import PACKAGES, PYTHON
from tests.end_to_end.processes import PASSWORD, Process, start
from tests.infra import azure
from tests.infra.lint import ROOT, sources
from tests.infra.test_settings import client, vault

slow = pytest.mark.slow
EXAMPLE = (ROOT / "infra" / "gateway.example.toml").read_text()
ELSEWHERE = {"TZ": "Pacific/Kiritimati"}
MOST = 20e6
"""Bytes that the zip may have; it had 13 million in November 2026."""


def built(config: Path, target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.package", "--config", str(config), "--out", str(target)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def replicon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    log = tmp_path_factory.mktemp("replicon") / "log"
    process = start(["simulators.replicon", "--port", "0", "--password", PASSWORD], log)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, replicon: Process) -> Path:
    folder = tmp_path_factory.mktemp("package")
    (folder / "gateway.toml").write_text(EXAMPLE + f'domain = "{replicon.url}"\n')
    done = built(folder / "gateway.toml", folder / "out" / "scimgate.zip")
    assert done.returncode == 0, done.stderr
    assert re.search(r"scimgate\.zip: [\d.]+ MB in \d+ files", done.stdout)
    assert len(re.findall(r"import \S+: \d+ ms of processor time", done.stdout)) == 2
    return folder / "out" / "scimgate.zip"


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip in an empty folder, unpacked by a process on the other side of the world."""
    folder = tmp_path_factory.mktemp("wwwroot")
    command = [sys.executable, "-m", "zipfile", "-e", str(archive), str(folder)]
    subprocess.run(command, env={**os.environ, **ELSEWHERE}, check=True)
    return folder


@slow
def test_the_package_holds_the_application_and_what_its_connections_need(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
    own = [name for name in names if not name.startswith(".python_packages/")]
    assert {name.split("/")[0] for name in own} == {
        *("function_app.py", "host.json", "gateway.toml", "requirements.txt", "LICENSE", "__pycache__"),
        *("gateway", "scim", "scim_adapter", "adapters"),
    }
    assert {name.split("/")[1] for name in own if name.startswith("adapters/")} == {
        *("__init__.py", "__pycache__", "replicon"),
    }
    assert not [name for name in names if "/pytest/" in name or name.startswith(f"{PACKAGES}/bin/")]
    assert not [name for name in own if "testing" in name or name.endswith(".md")]
    assert not [name for name in names if re.match(rf"{PACKAGES}/(jwt|cryptography)/", name)], (
        "no connection needs them"
    )
    assert archive.stat().st_size < MOST


@slow
def test_two_builds_are_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    config = archive.parent.parent / "gateway.toml"
    done = built(config, tmp_path / "again.zip", **ELSEWHERE)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    assert (tmp_path / "again.lock").read_text() == archive.with_suffix(".lock").read_text()
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in done.stdout


@slow
def test_all_byte_code_is_for_this_python_and_never_checked_by_its_time(unpacked: Path) -> None:
    tag, magic = f"cpython-{PYTHON.replace('.', '')}", importlib.util.MAGIC_NUMBER
    compiled = list(unpacked.rglob("*.pyc"))
    sources = [path for path in unpacked.rglob("*.py")]
    assert {path.name.split(".")[-2] for path in compiled} == {tag}
    heads = {path.read_bytes()[:8] for path in compiled}
    assert heads == {magic + (0b01).to_bytes(4, "little")}, "hash-based (1) and unchecked (not 2)"
    assert len(compiled) == len(sources)


@slow
def test_every_wheel_is_for_this_python_on_linux(unpacked: Path) -> None:
    number = PYTHON.replace(".", "")
    python = rf"py3|py2\.py3|cp{number}|cp3\d+"
    told = {path.parent.name: path.read_text() for path in (unpacked / PACKAGES).glob("*.dist-info/WHEEL")}
    assert len(told) > 15
    for name, content in told.items():
        tags = re.findall(r"^Tag: (.*)$", content, re.MULTILINE)
        assert any(
            re.fullmatch(rf"({python})-(none|abi3|cp{number})-(any|manylinux\w*_x86_64)", tag) for tag in tags
        ), name
        if not content.count("Root-Is-Purelib: true"):
            assert any(f"cp{number}" in tag or "abi3" in tag for tag in tags), name


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Microsoft's worker library and what drives it, and nothing else."""
    folder = tmp_path_factory.mktemp("worker")
    found = importlib.util.find_spec("azure_functions_runtime")
    assert found and found.origin
    shutil.copytree(Path(found.origin).parent, folder / "azure_functions_runtime")
    (folder / "tests" / "hosts").mkdir(parents=True)
    for name in ("__init__.py", "hosts/__init__.py", "hosts/functions_host.py", "hosts/serve_functions.py"):
        shutil.copyfile(ROOT / "tests" / name, folder / "tests" / name)
    return folder


@slow
def test_the_package_runs_where_nothing_else_is_installed(
    unpacked: Path, worker: Path, tables: str, replicon: Process
) -> None:
    environment = {**azure.resolved(azure.settings(tables), vault()), **ELSEWHERE}
    process = azure.started(unpacked, environment, worker / "log", [unpacked / PACKAGES, unpacked, worker])
    try:
        with client(process) as gateway:
            assert gateway.get("/healthz").text == "ok"
            assert gateway.get("/readyz").text == "ready"
            made = gateway.post("/acme-time/scim/v2/Users", json={"userName": "grace@example.com"})
            assert made.status_code == 201, made.text
            named = 'userName eq "grace@example.com"'
            found = gateway.get("/acme-time/scim/v2/Users", params={"filter": named})
            assert [one["id"] for one in found.json()["Resources"]] == [made.json()["id"]]
            refused = gateway.get("/acme-time/scim/v2/Users", headers={"authorization": "Bearer wrong"})
            assert refused.status_code == 401
    finally:
        process.stop()
    state = httpx.get(f"{replicon.url}/_control/state", trust_env=False).json()
    assert "grace@example.com" in {user["loginName"] for user in state["users"]}
    written = [path for path in unpacked.rglob("*.pyc") if path.read_bytes()[4] != 1]
    assert not written, "a module was compiled again at the start"


@slow
def test_an_earlier_build_can_be_built_again_from_its_lock(archive: Path, tmp_path: Path) -> None:
    lock = tmp_path / "old.lock"
    lock.write_text(re.sub(r"^idna==.*$", "idna==3.7", archive.with_suffix(".lock").read_text(), flags=re.MULTILINE))
    package.build(archive.parent.parent / "gateway.toml", tmp_path / "old.zip", lock)
    assert (tmp_path / "old.lock").read_text() == lock.read_text()
    with zipfile.ZipFile(tmp_path / "old.zip") as opened:
        assert any("idna-3.7.dist-info" in name for name in opened.namelist())


@slow
def test_a_connection_that_takes_signed_tokens_brings_what_checks_them(tmp_path: Path) -> None:
    tenant = "3c1f0a2b-5d4e-4f60-8a71-b2c3d4e5f607"
    entra = f'[connections.acme-time.entra]\ntenant = "{tenant}"\nkeys = "http://127.0.0.1:9/"\n'
    (tmp_path / "gateway.toml").write_text(EXAMPLE + entra)
    target = package.build(tmp_path / "gateway.toml", tmp_path / "a.zip")
    assert package.import_cost(target, "gateway.authentication.key_set") > 0
    assert target.stat().st_size < MOST


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "copy infra/gateway.example.toml"),
        (EXAMPLE.replace('{ env = "SCIMGATE_STORE" }', '"memory:"'), "A Function's disk is thrown away"),
    ],
)
def test_a_configuration_that_cannot_be_packed_is_a_sentence(
    tmp_path: Path, content: str | None, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "gateway.toml").write_text(content)
    arguments = ["--config", str(tmp_path / "gateway.toml"), "--out", str(tmp_path / "a.zip")]
    assert package.main(arguments) == 2
    assert sentence in capsys.readouterr().err and not (tmp_path / "a.zip").exists()


def test_another_python_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gateway.toml").write_text(EXAMPLE)
    monkeypatch.setattr(package, "PYTHON", "3.8")
    assert package.main(["--config", str(tmp_path / "gateway.toml"), "--out", str(tmp_path / "a.zip")]) == 2
    assert "runs on Python 3.8; build its package with that" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "instead", "sentence"),
    [
        ('"replicon"', '"elsewhere"', "The adapter elsewhere is neither in adapters/ nor in a package"),
        ('"replicon"', '"beside.own:Adapter"', "The module beside.own is in no package of requirements.txt"),
        ('"replicon"', '"adapters.kintone:Adapter"', "The module adapters.kintone is in no package"),
        ('{ env = "SCIMGATE_STORE" }', '"python:beside.own:Store"', "The module beside.own is in no package"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    said: str, instead: str, sentence: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(package, "_install", lambda _, target, lock: target.mkdir(parents=True))
    (tmp_path / "gateway.toml").write_text(EXAMPLE.replace(said, instead))
    assert package.main(["--config", str(tmp_path / "gateway.toml"), "--out", str(tmp_path / "a.zip")]) == 2
    assert sentence in capsys.readouterr().err


def test_a_module_of_an_installed_package_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(_: list[Path], target: Path, lock: Path | None) -> None:
        (target / "beside").mkdir(parents=True)
        (target / "beside" / "own.py").write_text("class Adapter: pass\n")

    monkeypatch.setattr(package, "_install", install)
    (tmp_path / "gateway.toml").write_text(EXAMPLE.replace('"replicon"', '"beside.own:Adapter"'))
    assert package.build(tmp_path / "gateway.toml", tmp_path / "a.zip").exists()


def test_the_package_is_for_the_python_of_the_templates() -> None:
    assert f"param pythonVersion string = '{PYTHON}'" in sources()["main.bicep"]
