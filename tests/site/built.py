"""The documentation site, built as `make docs` does it, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path, pages: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The site of the working tree in `folder`; `pages` replaces or adds pages by their paths under docs/."""
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    for name, text in (pages or {}).items():
        (folder / "docs" / name).write_text(text)
    command = [str(Path(sys.prefix, "bin", "zensical")), "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def problems(done: subprocess.CompletedProcess[str]) -> str:
    """What zensical complains about, without its colours and its traceback."""
    return re.sub(r"\x1b\[[\d;]*m", "", (done.stdout + done.stderr).partition("Traceback")[0])


def pages() -> set[str]:
    """Every page, by its path under docs/."""
    return {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}


def navigation() -> list[str]:
    """Every page that the navigation names, in its order."""
    return re.findall(r"^ *- (?:.*: )?([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)


def table(page: str, start: str) -> list[list[str]]:
    """The cells of the table of a page whose header starts so."""
    lines = page.split(start)[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
