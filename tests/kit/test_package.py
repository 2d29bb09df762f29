"""The published package: the wheel holds the contract alone, and others build on it without the rest of the gateway.

Everything runs in a fresh environment with the built wheel, where `scim` and `adapters` cannot be imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "examples" / "scim-adapter-template"
PRIVATE = ("scim", "adapters", "gateway", "simulators", "tests")
LINES = 70
"""So many lines of code may the template's adapter have before its mapping table; blank ones do not count."""
REPOSITORY = """
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"
[project]
name = "scim-adapter-{name}"
version = "1.0"
dependencies = ["scim-adapter[http]"]
[project.entry-points.scim_adapter]
{name} = "scim_adapter_{name}:adapter"
"""
KITS = {"directory": "everything", "replicon": "TestUsers"}
"""The bundled adapters that move, and which tests of `tests/kit` move with them."""


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints; its failure is this test's."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def copied(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*_cache")))


class Workshop:
    """An environment of its own, with the wheel and what its extras bring."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder, self.python = folder, folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", folder / "venv", folder=folder)
        self.install(f"scim-adapter[http,testing] @ {wheel.as_uri()}", "mypy", "hatchling")

    def install(self, *what: str | Path, build: bool = True) -> None:
        options = ["-q", "--disable-pip-version-check", *([] if build else ["--no-build-isolation", "--no-deps"])]
        run(self.python, "-m", "pip", "install", *options, *what, folder=self.folder)

    def run(self, *arguments: str | Path, folder: Path | None = None) -> str:
        return run(self.python, "-I", *arguments, folder=folder or self.folder)

    def named(self, name: str) -> str:
        """The class behind an entry point."""
        found = f"[point] = entry_points(group='scim_adapter', name={name!r})"
        return self.run("-c", f"from importlib.metadata import entry_points; {found}; print(point.load())")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, folder=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def workshop(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    yield Workshop(folder, wheel)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def template(workshop: Workshop) -> Path:
    """The template's repository, copied and installed."""
    repository = copied(TEMPLATE, workshop.folder / "template")
    workshop.install(repository, build=False)
    return repository


def test_the_wheel_holds_the_contract_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        facts = Parser().parsestr(archive.read(metadata).decode())
    assert {name.split("/")[0].split("-")[0] for name in names} == {"scim_adapter"}
    assert {"scim_adapter/py.typed", "scim_adapter/http.py", "scim_adapter/testing/__init__.py"} <= set(names)
    assert facts["Name"] == "scim-adapter"
    assert facts.get_all("Provides-Extra") == ["http", "testing"]
    plain = [one for one in facts.get_all("Requires-Dist") or [] if "extra ==" not in one]
    assert [one.split("<")[0].split(">")[0] for one in plain] == ["pydantic"]


@pytest.mark.parametrize("name", PRIVATE)
def test_the_rest_of_the_gateway_cannot_be_imported_there(workshop: Workshop, name: str) -> None:
    found = workshop.run("-c", f"import importlib.util; print(importlib.util.find_spec({name!r}))")
    assert found.strip() == "None"


def test_the_author_sees_the_types(workshop: Workshop) -> None:
    author = Path(shutil.copy(ROOT / "tests" / "typing" / "author.py", workshop.folder))
    assert "Success" in workshop.run("-m", "mypy", "--strict", author)


def test_the_types_are_those_of_the_wheel(workshop: Workshop) -> None:
    wrong = workshop.folder / "wrong.py"
    wrong.write_text("from scim_adapter import Page\nPage(total='many')\n")
    done = subprocess.run(
        [workshop.python, "-I", "-m", "mypy", "--strict", wrong], cwd=workshop.folder, capture_output=True
    )
    assert b'has incompatible type "str"' in done.stdout


def test_the_template_is_strictly_typed(workshop: Workshop, template: Path) -> None:
    assert "Success" in workshop.run("-m", "mypy", folder=template)


def test_the_template_passes_the_contract(workshop: Workshop, template: Path) -> None:
    report = workshop.run("-m", "pytest", "-rs", folder=template)
    assert " passed" in report
    assert "No fixture named" not in report


def test_the_template_answers_to_its_name(workshop: Workshop, template: Path) -> None:
    code = (
        "from importlib.metadata import entry_points as e; [p] = e(group='scim_adapter', name='staff'); print(p.load())"
    )
    assert "StaffAdapter" in workshop.run("-c", code)


def test_the_templates_adapter_is_short() -> None:
    lines = (TEMPLATE / "src" / "scim_adapter_staff" / "__init__.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= LINES


@pytest.mark.parametrize("name", KITS)
def test_a_bundled_adapter_moves_out_unedited(workshop: Workshop, name: str) -> None:
    """As `git mv adapters/NAME scim_adapter_NAME` and ten lines of pyproject.toml, its tests beside it."""
    repository = workshop.folder / name
    package = copied(ROOT / "adapters" / name, repository / f"scim_adapter_{name}")
    (repository / "pyproject.toml").write_text(REPOSITORY.format(name=name))
    workshop.install(repository, build=False)
    for file in package.rglob("*"):
        assert file.is_dir() or file.read_bytes() == (ROOT / "adapters" / name / file.relative_to(package)).read_bytes()
    test = (ROOT / "tests" / "kit" / f"test_{name}.py").read_text()
    (repository / f"test_{name}.py").write_text(test.replace(f"adapters.{name}", f"scim_adapter_{name}"))
    copied(ROOT / "simulators", repository / "simulators")
    options = ["-o", "asyncio_mode=auto", "-o", "markers=slow", "-o", "pythonpath=.", "-k", KITS[name]]
    assert " passed" in workshop.run("-m", "pytest", *options, f"test_{name}.py", folder=repository)
    assert f"scim_adapter_{name}" in workshop.named(name)
