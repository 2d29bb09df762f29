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


def problems(output: str) -> str:
    """What zensical says, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", output)


def pages() -> set[str]:
    """Every page, by its path under docs/."""
    return {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}


def navigation() -> list[str]:
    """Every page that the navigation names, in its order."""
    return re.findall(r"^ *- (?:.*: )?([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
