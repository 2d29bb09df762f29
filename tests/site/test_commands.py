"""Every command of ours that a page shows is understood by the program that it names."""

from __future__ import annotations

import importlib
import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest

from tests.site.built import ROOT

COMMAND = re.compile(r"^ *(?:\.venv/bin/)?python -m (gateway|simulators\.\w+)(.*)$", re.MULTILINE)
INLINE = re.compile(r"`(?:\.venv/bin/)?python -m (simulators\.\w+) ([^`]+)`")
ENDS = {"|", "||", "&", "&&", ">", ">>", ";", "2>&1", "#"}
GENERATED = ROOT / "docs" / "reference" / "command-line.md"
"""Made of the parser, with placeholders."""


def commands() -> list[tuple[str, str, str]]:
    """The page, the program and the arguments of each command."""
    pages = [ROOT / "README.md", *sorted(set((ROOT / "docs").rglob("*.md")) - {GENERATED})]
    found = ((page, match) for page in pages for one in (COMMAND, INLINE) for match in one.finditer(_joined(page)))
    return [(str(page.relative_to(ROOT)), match[1], match[2]) for page, match in found]


def _joined(page: Path) -> str:
    return re.sub(r" *\\\n *", " ", page.read_text())


@pytest.mark.parametrize(("page", "program", "arguments"), commands())
def test_a_command_of_a_page_is_understood(
    page: str, program: str, arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module("gateway.cli" if program == "gateway" else f"{program}.__main__")
    parser = (getattr(module, "_parser", None) or module.parser)()
    parse = parser.parse_args if program == "gateway" else parser.parse_intermixed_args
    words = list(takewhile(lambda word: word not in ENDS, shlex.split(arguments)))
    try:
        parse(words)
        said = ""
    except SystemExit:
        said = capsys.readouterr().err
    if said:
        pytest.fail(f"{page}: {program} {arguments}\n{said}", pytrace=False)


def test_every_simulator_is_shown() -> None:
    simulators = {f"simulators.{path.parent.name}" for path in (ROOT / "simulators").glob("*/__main__.py")}
    assert {program for _, program, _ in commands()} == {"gateway", *simulators}
