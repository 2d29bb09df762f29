"""`python -m infra.package`: the deployment zip with everything in it, so that Azure builds nothing.

Two builds of the same sources and packages are the same bytes. The zip holds the adapters that gateway.toml uses and no
others, and byte code that is believed without a look at the clock: a zip keeps times to two seconds and in no zone, and
byte code that is checked by its time would be compiled again at every start.
"""

# ruff: noqa: T201, S603 - a command prints, and runs pip

from __future__ import annotations

import argparse
import compileall
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.configuration import ROOT, Configuration, Mistake, read, refuse_a_lost_map
from infra.uploaded import uploaded

PYTHON = "3.11"
"""The Python of the app: `pythonVersion` of the templates."""
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
"""Wheels that run on the image of Flex Consumption."""
PACKAGES = Path(".python_packages/lib/site-packages")
WWWROOT = "/home/site/wwwroot"
EPOCH = (1980, 1, 1, 0, 0, 0)


def build(config: Path, target: Path, lock: Path | None = None, root: Path = ROOT) -> Path:
    """Write the zip and, beside it, `.lock` with the version of every package. `Mistake` says why it cannot."""
    configuration = read(config)
    refuse_a_lost_map(configuration)
    if f"{sys.version_info[0]}.{sys.version_info[1]}" != PYTHON:
        raise Mistake(
            f"The app runs on Python {PYTHON}; build its package with that, not with {sys.version.split()[0]}."
        )
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        _copy(root, stage, configuration)
        shutil.copyfile(config, stage / "gateway.toml")
        _install([root / name for name in configuration.requirements], stage / PACKAGES, lock)
        _demand(configuration, stage)
        _compile(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        _zip(stage, target)
        target.with_suffix(".lock").write_text("\n".join(_versions(stage / PACKAGES)) + "\n", encoding="utf-8")
    return target


def _copy(root: Path, stage: Path, configuration: Configuration) -> None:
    for path in uploaded(root):
        if _needed(path, configuration):
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, stage / path)


def _needed(path: Path, configuration: Configuration) -> bool:
    """The application itself, and of the adapters those in use; other things that lie about are not for Azure."""
    match path.parts:
        case ("function_app.py" | "host.json" | "requirements.txt" | "LICENSE",):
            return True
        case ("adapters", _):
            return True
        case ("adapters", name, *_):
            return name in configuration.adapters
        case ("gateway" | "scim" | "scim_adapter", *_):
            return True
    return False


def _install(requirements: list[Path], target: Path, lock: Path | None) -> None:
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    command += [part for path in requirements for part in ("-r", str(path))]
    command += ["--target", str(target), *(["-c", str(lock)] if lock else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Mistake(
            f"The packages cannot be installed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
    shutil.rmtree(target / "bin", ignore_errors=True)


def _demand(configuration: Configuration, stage: Path) -> None:
    """Every adapter is there, ours or one of an installed package, and so is what is named by module and class."""
    points = [point for one in distributions(path=[str(stage / PACKAGES)]) for point in one.entry_points]
    installed = {point.name for point in points if point.group == "scim_adapter"}
    for name in sorted(configuration.adapters - installed):
        if ":" not in name and not (stage / "adapters" / name).is_dir():
            raise Mistake(f"The adapter {name} is neither in adapters/ nor in a package of requirements.txt.")
    named = {configuration.store.removeprefix("python:")} if configuration.store.startswith("python:") else set[str]()
    for module in sorted(name.partition(":")[0] for name in configuration.adapters | named if ":" in name):
        if not any(_holds(folder, module) for folder in (stage, stage / PACKAGES)):
            raise Mistake(
                f"The module {module} is in no package of requirements.txt; other folders do not go to Azure."
            )


def _holds(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))


def _compile(stage: Path) -> None:
    """Byte code beside every source. What does not compile is left alone: packages carry templates and test data."""
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(stage, maxlevels=30, quiet=2, invalidation_mode=mode, stripdir=stage, prependdir=WWWROOT)


def _zip(stage: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(one for one in stage.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(stage).as_posix(), EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, path.read_bytes())


def _versions(packages: Path) -> Iterator[str]:
    found = {one.metadata["Name"].lower(): one.version for one in distributions(path=[str(packages)])}
    yield from (f"{name}=={version}" for name, version in sorted(found.items()))


def import_cost(target: Path, module: str) -> float:
    """Milliseconds of processor time that importing a module of the unpacked zip takes here, the least of three."""
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target) as archive:
        archive.extractall(folder)  # our own zip
        paths = f"import sys; sys.path[:0] = [{str(Path(folder) / PACKAGES)!r}, {folder!r}]; "
        command = [sys.executable, "-I", "-S", "-c", paths + code]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)]
    return min(float(run) for run in runs) * 1000


def _describe(target: Path) -> None:
    content = target.read_bytes()
    with zipfile.ZipFile(target) as archive:
        sizes = [entry.file_size for entry in archive.infolist()]
    print(f"{target}: {len(content) / 1e6:.1f} MB in {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB unpacked")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")
    if sys.platform == "linux":
        for module in ("function_app", "gateway.application"):
            print(f"import {module}: {import_cost(target, module):.0f} ms of processor time on this machine")


def main(arguments: list[str]) -> int:
    """Build the package and say its size and what importing it costs."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Build the deployment zip.")
    parser.add_argument("--config", type=Path, default=ROOT / "gateway.toml", metavar="FILE")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "scimgate.zip", metavar="ZIP")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="versions of an earlier build, to build it again")
    chosen = parser.parse_args(arguments)
    try:
        _describe(build(chosen.config, chosen.out, chosen.lock))
    except (Mistake, OSError) as mistake:
        print(mistake, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
