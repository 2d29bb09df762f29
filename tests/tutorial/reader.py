"""A reader who does everything that a page says, in a clone of the project."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import sys
from pathlib import Path
from types import TracebackType

from tests.azurite.server import free_port
from tests.tutorial.published import Step, edit, learned, pattern, steps
from tests.tutorial.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
CLONED = ("adapters", "examples", "gateway", "scim", "scim_adapter", "simulators")
PORT = "7071"
"""The port of the pages; the reader's gateway has one that is free."""


def clone(folder: Path) -> Path:
    """The project without its tests and pages, with the packages that `make` has installed already."""
    for name in CLONED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("requirements*.txt")]:
        shutil.copy2(path, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


class Reader:
    """Follows pages; ends what it started when it is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = clone(folder)
        self.port = str(free_port())
        self.words = {
            "gateway serve": f"gateway serve --port {self.port}",
            f":{PORT}": f":{self.port}",
            f"/{PORT}": f"/{self.port}",
        }
        """What the reader types instead of what the page says."""
        self.terminals: dict[str, Terminal] = {}

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for terminal in self.terminals.values():
            terminal.close()

    def follow(self, page: Path) -> int:
        """Do every step of a page and compare what it shows; the number of steps."""
        count = 0
        for step in steps(page.read_text()):
            self._do(step, f"{page.name}:{step.block.line}")
            count += 1
        return count

    def _do(self, step: Step, place: str) -> None:
        if step.block.language != "sh":
            edit(self.folder, step.block)
            return
        shown = self._said(step.shown) if step.shown else None
        wanted = pattern(shown) if shown else None
        until = wanted if step.block.title else None  # a terminal with a name is for what goes on running
        output, status = self._terminal(step.block.title).type(self._said(step.block.text), until)
        if shown is None or wanted is None:
            assert status == 0, f"{place}: exit status {status}\n{output}"
        elif match := (wanted.match if status is None else wanted.fullmatch)(output):
            self.words |= learned(shown, match)
        else:
            compared = difflib.unified_diff(shown.splitlines(), output.splitlines(), "page", "real", lineterm="")
            raise AssertionError(f"{place}\n" + "\n".join(compared))

    def _said(self, text: str) -> str:
        for page, real in self.words.items():
            text = text.replace(page, real)
        return text

    def _terminal(self, title: str) -> Terminal:
        if title in self.terminals and title:
            self.terminals[title].interrupt()
        if title not in self.terminals:
            self.terminals[title] = Terminal(self.folder, self._environment())
        return self.terminals[title]

    def _environment(self) -> dict[str, str]:
        foreign = re.compile("PYTEST|COV|MAKE|CI$|BUILD_NUMBER$")
        kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
        return kept | {"PORT": self.port, "PYTHONDONTWRITEBYTECODE": "1"}
