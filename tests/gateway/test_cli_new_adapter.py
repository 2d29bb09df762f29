"""`python -m gateway new-adapter`: what it makes passes its own tests unedited, and what it cannot make it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.guard import ROOT

FILES = 8
"""How many the template has; caches of whoever ran its tests in place do not count."""
MAKE = Callable[..., tuple[int, str, str]]


@pytest.fixture
def make(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MAKE:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["new-adapter", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


NAMES = [
    # name, package, class, why
    ("acme-hr", "scim_adapter_acme_hr", "AcmeHrAdapter", "words become one word in Python"),
    ("staffing-2", "scim_adapter_staffing_2", "Staffing2Adapter", "it holds the template's own word"),
    ("httpx", "scim_adapter_httpx", "HttpxAdapter", "the tests import a module of this name"),
    ("class", "scim_adapter_class", "ClassAdapter", "a keyword"),
    ("x", "scim_adapter_x", "XAdapter", "the shortest"),
    ("a" * 40, f"scim_adapter_{'a' * 40}", f"A{'a' * 39}Adapter", "the longest"),
]


@pytest.mark.parametrize(("name", "package", "adapter", "why"), NAMES, ids=[row[0][:12] for row in NAMES])
def test_everything_has_the_new_name(name: str, package: str, adapter: str, why: str, make: MAKE) -> None:
    status, told, _ = make(name, "--into", "else where/deep")
    made = Path(f"else where/deep/scim-adapter-{name}")
    found = files(made)
    assert status == 0
    assert f"cd 'else where/deep/scim-adapter-{name}'\n" in told, "the line can be pasted into a shell"
    assert not list(made.parent.glob(".new-adapter-*"))
    project = tomllib.loads(found["pyproject.toml"])
    assert project["project"]["name"] == f"scim-adapter-{name}"
    assert project["project"]["entry-points"]["scim_adapter"] == {name: f"{package}:{adapter}"}
    assert f"class {adapter}(" in found[f"src/{package}/__init__.py"], why
    assert len(found) == FILES
    if "staff" not in name:
        assert not [path for path, text in found.items() if "staff" in (path + text).lower()]


WRONG = [
    ("", "starts with a letter"), ("Acme", "starts with a letter"), ("acme_hr", "single hyphens"),
    ("acme--hr", "single hyphens"), ("-acme", "starts with a letter"), ("2acme", "starts with a letter"),
    ("acmé", "a-z"), ("a" * 41, "at most 40"), ("acme/../hr", "a-z"), ("acme\n", "a-z"), ("..", "a-z"),
    ("scim-adapter-acme", "The name is that of the adapter alone: acme."),
    ("directory", "There is an adapter directory already"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), WRONG, ids=[ascii(row[0])[:20] for row in WRONG])
def test_a_name_that_cannot_be_used_is_a_sentence(name: str, said: str, make: MAKE, tmp_path: Path) -> None:
    try:
        status, told, error = make("--", name) if name.startswith("-") else make(name)
    except SystemExit as ended:
        raise AssertionError("argparse took it") from ended
    assert (status, told) == (2, "")
    assert said in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir()), "nothing was made"


def test_what_exists_is_left_alone(make: MAKE, tmp_path: Path) -> None:
    (tmp_path / "scim-adapter-acme").mkdir()
    (tmp_path / "scim-adapter-acme" / "mine").write_text("mine")
    status, _, error = make("acme")
    assert (status, error) == (
        2,
        "scim-adapter-acme exists already; choose another name, or another folder with --into.\n",
    )
    assert files(tmp_path) == {"scim-adapter-acme/mine": "mine"}


def test_a_dangling_link_counts_as_existing(make: MAKE, tmp_path: Path) -> None:
    (tmp_path / "scim-adapter-acme").symlink_to("nowhere")
    assert make("acme")[2].startswith("scim-adapter-acme exists already")


def test_a_folder_that_is_a_file_is_a_sentence(make: MAKE, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, error = make("acme", "--into", "file")
    assert (status, error) == (2, "file: File exists.\n")
    assert make("acme", "--into", "file/deeper") == (2, "", "file/deeper: Not a directory.\n")


def test_without_the_template_it_says_what_is_needed(make: MAKE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cli.new_adapter.TEMPLATE", Path("/nowhere/template"))
    assert "needs a clone of the whole repository" in make("acme")[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["acme-hr", "httpx", "me"])
def test_what_is_made_passes_its_own_tests_and_strict_types_unedited(name: str, make: MAKE, tmp_path: Path) -> None:
    """Beside the contract alone, where `scim` and `adapters` cannot be imported."""
    assert make(name)[0] == 0
    shutil.copytree(ROOT / "scim_adapter", tmp_path / "only" / "scim_adapter")
    repository = tmp_path / f"scim-adapter-{name}"
    paths = os.pathsep.join((str(tmp_path / "only"), str(repository / "src")))
    environment = {**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths, "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    for command, said in (("mypy", "Success"), ("pytest", " passed")):
        done = subprocess.run(
            [sys.executable, "-m", command], cwd=repository, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0 and said in done.stdout, done.stdout + done.stderr


PAGE = ROOT / "docs" / "how-to" / "publish-an-adapter.md"


def typed(beginning: str) -> list[str]:
    """The words of the command on the page that begins like this."""
    [line] = [line.strip() for line in PAGE.read_text().splitlines() if line.strip().startswith(beginning)]
    return line.split()[len(beginning.split()) :]


@pytest.mark.slow
def test_the_page_leads_from_a_name_to_a_wheel_that_the_gateway_uses(make: MAKE, tmp_path: Path) -> None:
    """As on the page, but for the place: what pip installs goes into a folder of its own."""
    clone, site = tmp_path / "clone", tmp_path / "site"
    clone.mkdir()
    os.chdir(clone)
    assert make(*typed(".venv/bin/python -m gateway new-adapter"))[0] == 0
    repository = tmp_path / "scim-adapter-acme-hr"

    def run(*command: str, folder: Path, **environment: str) -> str:
        known = {**os.environ, **environment}
        done = subprocess.run([sys.executable, *command], cwd=folder, env=known, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "pip", *typed("python -m pip"), folder=repository)
    run("-m", "pip", *typed(".venv/bin/python -m pip"), "--target", str(site), folder=clone)
    listed = run("-m", "gateway", "adapters", folder=ROOT, PYTHONPATH=str(site))
    assert "acme-hr  (scim-adapter-acme-hr 0.1.0)  to do: page" in listed, "the wheel holds the quality file"
    blocks = re.findall(r"(?:^    .*\n)+", PAGE.read_text(), re.MULTILINE)
    [connection] = [textwrap.dedent(block) for block in blocks if "[connections." in block]
    nobody = connection.replace("https://acme-hr.example.com", "http://127.0.0.1:9")
    (tmp_path / "gateway.toml").write_text('[gateway]\nstore = "memory:"\n' + nobody)
    environment = {"PYTHONPATH": str(site), "PEOPLE_TOKEN": "x" * 20, "ACME_HR_TOKEN": "y" * 20}
    examined = subprocess.run(
        [sys.executable, "-m", "gateway", "doctor", "people", "--config", str(tmp_path / "gateway.toml")],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    assert examined.returncode == 1, examined.stderr
    assert "check       failed  The backend cannot be reached" in examined.stdout
    assert "userName" in examined.stdout, "the mapping table is there all the same"
