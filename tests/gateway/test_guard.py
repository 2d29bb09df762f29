"""The start-up guard against packages of other people that have our names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.guard import PRIVATE, ROOT, refuse_shadows


def test_nothing_is_hidden_here() -> None:
    refuse_shadows()


@pytest.mark.parametrize("name", [name for name in PRIVATE if name != "gateway"])
def test_a_package_of_the_same_name_stops_the_start_with_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import gateway.guard as g; sys.path.insert(0, {str(tmp_path)!r}); g.refuse_shadows()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode != 0
    assert f"The package {name} of Scimgate is hidden" in ended.stderr
