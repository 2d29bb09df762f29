"""The tutorials do what they say: a reader follows the published text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tutorial.reader import ROOT, Reader

TUTORIALS = ROOT / "docs" / "tutorials"


@pytest.mark.slow
def test_the_first_adapter(tmp_path: Path) -> None:
    with Reader(tmp_path / "scimgate") as reader:
        assert reader.follow(TUTORIALS / "first-adapter.md") > 20
