"""What the pages on logs quote is what the gateway says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT

HOW_TO = (ROOT / "docs" / "how-to" / "find-out-what-happened.md").read_text()
REFERENCE = (ROOT / "docs" / "reference" / "logging.md").read_text()


def said() -> set[str]:
    """Every text in the code, cut at its placeholders."""
    texts = set()
    for folder in ("gateway", "scim"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts |= {part for part in re.split(r"%[\w.]+", node.value) if part}
    return texts


QUOTED = [
    "The backend fails (", "); it is left alone for ", "no usable answers", "it refuses the gateway's credentials",
    "Too many requests wait for it already.", "Not ready: the identity store cannot be used. ",
    "The gateway cannot start", "cannot be settled yet", "cannot be swept now",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("words", QUOTED)
def test_the_words_of_the_page_are_those_of_the_code(words: str) -> None:
    assert words.strip() in HOW_TO
    assert any(words in text for text in said())


def test_the_reference_explains_every_field() -> None:
    source = (Path(ROOT) / "gateway" / "telemetry" / "requests.py").read_text()
    lines = (Path(ROOT) / "gateway" / "telemetry" / "lines.py").read_text()
    fields = set(re.findall(r'^ +"(\w+)":', source, re.MULTILINE)) | {"ms", "backend", "store"}
    fields |= {"time", "level", "logger", "correlation", "message", "exception"}
    assert all(f'"{name}"' in source + lines for name in fields)
    table = "".join(line.split("|")[1] for line in REFERENCE.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", table)) == fields
