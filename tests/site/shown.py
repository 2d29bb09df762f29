"""The code that a page shows, as modules: what stands in fenced blocks with a file name."""

from __future__ import annotations

import atexit
import importlib.util
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.site.built import ROOT
from tests.tutorial.published import Block, blocks

PAGES = ROOT / "docs" / "how-to"
SEARCH = ("push-a-filter-down.md", "staff_search.py")
TEAMS = ("large-groups.md", "teams.py")
FIELDS = ("map-attributes.md", "staff_fields.py")
FOLDER = Path(tempfile.mkdtemp(prefix="shown-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def titled(page: str) -> dict[str, Block]:
    """The files of a page by their names."""
    return {block.title: block for block in blocks((PAGES / page).read_text()) if block.title}


def written(page: str, name: str) -> Path:
    """One file of a page, written out."""
    path = FOLDER / name
    path.write_text(titled(page)[name].text)
    return path


@cache
def module(page: str, name: str) -> ModuleType:
    """One Python file of a page, imported."""
    path = written(page, name)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def document(page: str, name: str) -> Any:
    """One JSON file of a page, read."""
    return json.loads(titled(page)[name].text)
