"""The templates have no fault, and the lint finds every one that is put into them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.lint import ROOT, lint, sources
from tests.infra.mutants import MUTANTS
from tests.infra.tree import parsed


def test_the_templates_have_no_fault() -> None:
    assert [str(fault) for fault in lint(sources())] == []


@pytest.mark.parametrize(("file", "old", "new", "rule", "why"), MUTANTS, ids=[f"{m[3]}: {m[4]}" for m in MUTANTS])
def test_a_fault_is_found(file: str, old: str, new: str, rule: str, why: str) -> None:
    given = sources()
    assert old in given[file], f"the mutant is out of date: {old!r} is not in {file}"
    given[file] = given[file].replace(old, new, 1)
    assert rule in {fault.rule for fault in lint(given)}, why


def test_every_rule_has_a_mutant() -> None:
    code = "".join(path.read_text() for path in (ROOT / "tests" / "infra").glob("*.py") if "test_" not in path.name)
    rules = set(re.findall(r'fault\([^"]*?, "([a-z ]+)", f?"', code)) | set(
        re.findall(r'Fault\([^)]*?, 1, "(.*?)"', code)
    )
    assert rules == {mutant[3] for mutant in MUTANTS}
    assert len(MUTANTS) >= 25


LOOKED_AT_ELSEWHERE = {
    "targetScope = 'resourceGroup'": "it is what Bicep takes without it",
    "@maxLength(24)": "test_settings evaluates the names",
    "name: 'Entra'": "the restriction of addresses, which test_settings evaluates; so the next seven",
    "priority: 100": "",
    "action: 'Allow'": "",
    "tag: 'ServiceTag'": "",
    "ipAddress: 'AzureActiveDirectory'": "",
    "name: 'address-${index}'": "",
    "priority: 200 + index": "",
    "ipAddress: address": "",
    "name: 'http'": "instances that are always ready, which test_settings evaluates",
    "instanceCount: alwaysReadyInstances": "",
    "name: 'flex'": "the delegation of the app's subnet, which test_settings evaluates",
    "properties: { serviceName: 'Microsoft.App/environments' }": "",
}
"""Lines that the lint does not miss, and why."""


@pytest.mark.slow
def test_no_line_goes_away_unnoticed() -> None:
    given = sources()
    missed = set()
    for file in (name for name in given if name.endswith(".bicep")):
        lines = given[file].splitlines()
        for number, line in enumerate(lines):
            if line.strip() and not line.strip().startswith(("//", "@description")):
                rest = "\n".join([*lines[:number], *lines[number + 1 :], ""])
                missed |= {line.strip()} if not lint({**given, file: rest}) else set()
    assert missed == set(LOOKED_AT_ELSEWHERE)


def test_a_fault_has_a_place_and_a_sentence() -> None:
    given = sources()
    given["modules/app.bicep"] = given["modules/app.bicep"].replace("httpsOnly: true", "httpsOnly: false")
    [fault] = lint(given)
    line = given["modules/app.bicep"].splitlines()[fault.line - 1]
    assert line.strip() == "httpsOnly: false"
    assert str(fault).startswith(f"modules/app.bicep:{fault.line}: ") and str(fault).endswith(". [must]")


def test_every_template_and_parameter_file_is_linted() -> None:
    on_disk = {path.name for path in (ROOT / "infra").rglob("*.bicep*")}
    assert {Path(name).name for name in parsed(sources())} == on_disk


def test_the_lint_is_a_command() -> None:
    told = subprocess.run([sys.executable, "-m", "tests.infra.lint"], cwd=ROOT, capture_output=True, text=True)
    assert (told.returncode, told.stdout.strip()) == (0, "No faults.")


@pytest.mark.parametrize("name", ["main.bicep", "gateway.bicep"])
def test_the_compiler_takes_the_templates(name: str, tmp_path: Path) -> None:
    """The only test that needs a compiler; no package index carries one."""
    command = shutil.which("bicep") or shutil.which("az")
    if command is None:
        pytest.skip("NOT COMPILED: neither `bicep` nor `az` is installed here, so only our own lint has read infra/.")
    arguments = ["build"] if Path(command).name.startswith("bicep") else ["bicep", "build", "--file"]
    built = subprocess.run(
        [command, *arguments, str(ROOT / "infra" / name), "--outfile", str(tmp_path / "out.json")],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
