"""`python -m gateway adapters` and the registry behind it, with packages as pip installs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.cli.installed import short
from gateway.guard import ROOT
from gateway.registry import AdapterUnknown, adapter_class, available, claims
from scim_adapter import API_VERSION

ADAPTER = """
from pydantic import BaseModel, ConfigDict, Field as Setting
from scim_adapter import Adapter, Field, Page, Resource

class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Setting(pattern="^https://")
    number: int = Setting(ge=1)

class People(Resource):
    type, key = "User", "id"
    fields = {"userName": Field("login"), "title": "job"}
    async def find(self, query): return Page()
    async def delete(self, gone): pass

class Fine(Adapter):
    Settings = Settings
    api_version = {version}
    def resources(self): return [People()]
    async def check(self): pass

adapter = Fine
"""
Install = Callable[..., None]


def code(version: object = 1) -> str:
    """The adapter that needs this version of the contract."""
    return ADAPTER.replace("{version}", str(version))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package with one module and one entry point where Python finds it."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def put(name: str, package: str, value: str, code: str = "", **files: str) -> None:
        information = tmp_path / f"{package.replace('-', '_')}-1.2.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (information / "entry_points.txt").write_text(f"[scim_adapter]\n{name} = {value}\n")
        module = tmp_path / package.replace("-", "_")
        module.mkdir()
        (module / "__init__.py").write_text(code)
        for file, text in files.items():
            (module / file.replace("_toml", ".toml")).write_text(text)

    yield put
    for module in set(sys.modules) - before:
        sys.modules.pop(module, None)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["adapters", *arguments])
        return status, capsys.readouterr().out

    return run


def documents(text: str) -> dict[str, Any]:
    return {one["name"]: one for one in map(json.loads, text.splitlines())}


def test_the_bundled_adapters_are_listed_with_their_abilities(told: Callable[..., tuple[int, str]]) -> None:
    status, text = told("--json")
    found = documents(text)
    assert status == 0
    assert {"directory", "replicon", "phonebook"} <= found.keys()
    users, groups = found["directory"]["abilities"]
    assert (users["type"], groups["type"]) == ("User", "Group")
    assert groups["verbs"] == ["find", "get", "create", "update", "amend", "delete"]
    assert users["attributes"]["userName"] == "login"
    assert found["replicon"]["origin"] == "adapters/"
    text = told()[1]
    paths = [path for one in found.values() for ability in one["abilities"] for path in ability["attributes"]]
    assert not [path for path in paths if short(path) not in text], "no path is broken at the end of a line"
    assert not any(one["broken"] or one["unknown"] or one["conflict"] for one in found.values())


def test_an_installed_package_is_told_with_its_version_verbs_and_attributes(
    install: Install, told: Callable[..., tuple[int, str]]
) -> None:
    install("fine", "scim-adapter-fine", "scim_adapter_fine:Fine", code())
    status, text = told()
    assert status == 0
    assert "fine  (scim-adapter-fine 1.2)  not graded\n    User      find delete\n" in text
    assert "\n              userName, title\n" in text
    assert adapter_class("fine").__name__ == "Fine"


BROKEN = [
    # name, entry point, code, what is said, why it matters
    ("a name that is not there", "b:Adapter", "import nowhere", "No module named 'nowhere'", "a client is missing"),
    ("a module that ends the process", "b:Adapter", "raise SystemExit(3)", "SystemExit: 3", "not its gateway"),
    ("a module that raises", "b:Adapter", "raise RuntimeError('no licence file')", "RuntimeError: no licence file",
     "whatever the import does, the list goes on"),
    ("a syntax error", "b:Adapter", "def (", "SyntaxError", "the same"),
    ("no such class", "b:Missing", "", "has no class Missing that is a scim_adapter.Adapter", "a renamed class"),
    ("no class at all", "b", code().replace("adapter = Fine", ""), "has no class adapter that is",
     "without a class the name is adapter"),
    ("no module", "nowhere_at_all:Adapter", "", "No module named 'nowhere_at_all'", "a package half removed"),
    ("a newer contract", "b:Fine", code(API_VERSION + 1),
     f"needs version {API_VERSION + 1} of the contract and this gateway has version {API_VERSION}; update the gateway",
     "pip cannot see the gateway's own copy of the contract"),
    ("a newer name", "b:Fine", "from scim_adapter import Telepathy",
     f"needs another version of the contract than this gateway's, which is {API_VERSION}: cannot import name "
     "'Telepathy' from 'scim_adapter'.", "the import fails before any number can be read"),
    ("a newer module", "b:Fine", "import scim_adapter.telepathy", "needs another version of the contract",
     "the same for a whole module"),
    ("a version that is no number", "b:Fine", code("'1.0'"), "api_version that is no whole number",
     "a comparison must not crash"),
    ("a version that is a truth", "b:Fine", code("True"), "api_version that is no whole number", "True counts as 1"),
    ("no settings", "b:Fine", code().replace("    Settings = Settings\n", ""),
     "has no Settings that is a pydantic model", "a configuration could not be read"),
    ("settings of another kind", "b:Fine", code().replace("    Settings = Settings\n", "    Settings = dict\n"),
     "has no Settings that is a pydantic model", "the same"),
    ("an unfinished class", "b:Fine", code().replace("async def check", "async def chekc"),
     "has no check", "an abstract class cannot be opened"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "module", "said", "why"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN])
def test_an_adapter_that_cannot_be_used_is_shown_with_the_reason(
    value: str, module: str, said: str, why: str, install: Install, told: Callable[..., tuple[int, str]]
) -> None:
    install("odd", "scim-adapter-odd", value.replace("b", "scim_adapter_odd", 1) if value[0] == "b" else value, module)
    status, text = told("--json")
    assert status == 1, why
    assert said in documents(text)["odd"]["broken"]
    assert not documents(text)["directory"]["broken"], "the others are there"
    with pytest.raises(AdapterUnknown, match="The adapter odd") as refused:
        adapter_class("odd")
    assert "\n" not in str(refused.value)
    assert "    broken    The adapter odd " in told()[1]


def test_two_claims_on_a_name_are_both_shown(install: Install, told: Callable[..., tuple[int, str]]) -> None:
    install("replicon", "scim-adapter-copy", "scim_adapter_copy:Fine", code())
    status, text = told()
    assert status == 1
    assert text.count("\nreplicon  (") == 2
    assert "replicon  (scim-adapter-copy 1.2)" in text
    assert text.count("    conflict  another package claims this name too; remove one of them\n") == 2
    with pytest.raises(AdapterUnknown, match="claimed by the package scim-adapter-copy and adapters; remove one"):
        adapter_class("replicon")
    assert available().count("replicon") == 1


def test_settings_that_no_example_fits_leave_the_abilities_open(
    install: Install, told: Callable[..., tuple[int, str]]
) -> None:
    choosy = code().replace('"^https://"', '"^ftps://[a-z]+/secret-place$"')
    install("choosy", "scim-adapter-choosy", "scim_adapter_choosy:Fine", choosy)
    status, text = told()
    assert status == 0
    assert "choosy  (scim-adapter-choosy 1.2)  not graded\n    abilities they depend on its settings" in text


def test_a_quality_file_that_is_wrong_is_said_and_stops_nothing(
    install: Install, told: Callable[..., tuple[int, str]]
) -> None:
    install("fine", "scim-adapter-fine", "scim_adapter_fine:Fine", code(), quality_toml="[[")
    status, text = told()
    assert status == 0
    assert "fine  (scim-adapter-fine 1.2)  quality.toml cannot be read" in text


def test_listing_names_imports_no_adapter(install: Install) -> None:
    install("never", "scim-adapter-never", "scim_adapter_never:Fine", "raise SystemExit('imported')")
    assert "never" in available()
    assert [claim.package for claim in claims() if claim.name == "never"] == ["the package scim-adapter-never"]


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "gateway", "adapters", "--quality"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
