"""The tutorials do what they say: a reader follows the published text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tutorial.reader import ROOT, Reader
from tests.tutorial.typed import complaints

TUTORIALS = ROOT / "docs" / "tutorials"


@pytest.mark.slow
@pytest.mark.parametrize(("page", "steps"), [("run-it.md", 10), ("first-adapter.md", 20)])
def test_a_tutorial(tmp_path: Path, page: str, steps: int) -> None:
    with Reader(tmp_path / "scimgate") as reader:
        assert reader.follow(TUTORIALS / page) >= steps
    assert complaints(*reader.folder.glob("*.py")) == ""
