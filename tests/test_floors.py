"""The floors of the house: imports run one way, and heavy packages stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"scim_adapter", "scim", "adapters", "gateway", "simulators", "tests", "function_app"}
ALLOWED = {
    "scim_adapter": set(),
    "scim": {"scim_adapter"},
    "adapters": {"scim_adapter"},
    "gateway": {"scim", "scim_adapter", "adapters"},
    "simulators": set(),
    "function_app.py": {"gateway"},
}  # fmt: skip
AZURE_FILES = {"function_app.py", "gateway/azure_functions.py", "gateway/stores/azure_tables.py",
               "gateway/stores/azure_answers.py", "gateway/stores/azure_rows.py",
               "gateway/stores/azure_identity.py", "gateway/telemetry/azure_monitor.py"}  # fmt: skip
PURE = {
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "sqlite3",
    "pathlib",
    "os",
    "subprocess",
    "httpx",
    "aiohttp",
    "azure",
}
"""What the engine never imports: it opens no socket and no file."""


def files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level < 2, f"{path} reaches outside its package"
            if node.level == 0:
                yield node.module or ""


def owner(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("place", ALLOWED)
def test_imports_run_one_way_only(place: str) -> None:
    assert files(place)
    for path in files(place):
        foreign = {owner(m) for m in imports(path)} & (OURS - {place.removesuffix(".py")})
        assert foreign <= ALLOWED[place], f"{path.relative_to(ROOT)} imports {foreign - ALLOWED[place]}"


def test_an_adapter_imports_no_other_adapter() -> None:
    for path in files("adapters"):
        own = path.relative_to(ROOT).with_suffix("").parts[1]
        others = {m for m in imports(path) if owner(m) == "adapters" and m.split(".")[1:2] != [own]}
        assert not others, f"{path} imports {others}"


def test_only_the_registry_of_the_gateway_knows_adapters() -> None:
    for path in files("gateway"):
        if path.name != "registry.py":
            assert "adapters" not in {owner(m) for m in imports(path)}, path


def test_azure_is_imported_only_in_the_files_named_for_it() -> None:
    for place in ALLOWED:
        for path in files(place):
            if "azure" in {owner(m) for m in imports(path)}:
                assert str(path.relative_to(ROOT)) in AZURE_FILES


def test_the_engine_opens_no_socket_and_no_file() -> None:
    for path in files("scim"):
        assert not {m for m in imports(path) if m in PURE or owner(m) in PURE}, path


@pytest.mark.parametrize("package", ["scim_adapter", "scim", "adapters", "gateway", "simulators"])
def test_every_package_of_ours_has_an_init_file(package: str) -> None:
    for folder in {path.parent for path in files(package)}:
        assert (folder / "__init__.py").exists(), folder


@pytest.mark.parametrize("place", [p for p in ALLOWED if p != "function_app.py"])
def test_no_file_is_longer_than_four_hundred_lines(place: str) -> None:
    assert not [str(path) for path in files(place) if len(path.read_text().splitlines()) > 400]


def test_the_composition_root_is_short() -> None:
    assert len((ROOT / "function_app.py").read_text().splitlines()) < 60


HEAVY = {
    "httpx",
    "pydantic",
    "azure.data.tables",
    "aiohttp",
    "scim2_filter_parser",
    "sly",
    "sqlite3",
    "uvicorn",
    "adapters",
}


def test_indexing_the_function_app_imports_nothing_heavy() -> None:
    code = "import sys, function_app; print('\\n'.join(sys.modules))"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert not loaded & HEAVY


def test_the_engine_imports_no_parser_before_a_filter_needs_it_and_nothing_that_writes_before_somebody_does() -> None:
    code = "import sys, scim.service; print('\\n'.join(sys.modules))"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert not loaded & {"httpx", "scim2_filter_parser", "sly", "sqlite3", "pydantic"}
    assert not loaded & {"scim.write_actions", "scim.creating", "scim.changing", "scim.removing", "scim.turns"}
