"""The collector of cycles is away while much is imported, and back afterwards whatever happened."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.importing import importing
from tests.end_to_end.processes import ENVIRONMENT, OTHER, ROOT


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that nobody has imported."""
    name = f"imported_by_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text("import gc\nCOLLECTED = gc.isenabled()\nLINES = [[] for _ in range(2000)]\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = gc.get_freeze_count()
    yield name
    sys.modules.pop(name, None)
    if gc.get_freeze_count() != before:
        gc.unfreeze()


def test_what_is_imported_is_neither_looked_at_meanwhile_nor_later(module: str) -> None:
    before = gc.get_freeze_count()
    with importing():
        made = __import__(module)
    assert made.COLLECTED is False
    assert gc.isenabled()
    assert gc.get_freeze_count() > before + 2000


def test_a_collector_that_was_away_stays_away(module: str) -> None:
    with importing():
        with importing():
            __import__(module)
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_back_after_a_fault_and_nothing_is_kept_when_nothing_was_imported() -> None:
    before = gc.get_freeze_count()
    with pytest.raises(ModuleNotFoundError), importing():
        __import__("no_such_module")
    assert gc.isenabled()
    assert gc.get_freeze_count() == before


CONFIG = """
[gateway]
store = "memory:"
[connections.directory]
adapter = "directory"
token = { env = "DIRECTORY_TOKEN" }
[connections.directory.settings]
path = ":memory:"
"""
ASKED = """
import asyncio, gc, sys
import azure.functions as func
from gateway.azure_functions import FunctionHost

headers = {"authorization": "Bearer " + sys.argv[1]}
host, seen = FunctionHost(), []
gc.callbacks.append(lambda phase, info: phase == "stop" and seen.append(info))
request = func.HttpRequest("GET", "https://x/directory/scim/v2/Users", headers=headers, body=b"")
print(asyncio.run(host(request)).status_code, gc.isenabled(), len(seen), gc.get_freeze_count() > 50_000)
"""


def test_the_first_request_of_a_function_is_hardly_ever_interrupted_by_it(tmp_path: Path) -> None:
    """It was 49 times: once for every 700 new objects that live."""
    (tmp_path / "gateway.toml").write_text(CONFIG)
    environment = {**os.environ, **ENVIRONMENT, "SCIMGATE_CONFIG": str(tmp_path / "gateway.toml")}
    command = [sys.executable, "-c", ASKED, OTHER]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    status, collecting, interrupted, kept = done.stdout.split()
    assert (status, collecting, kept) == ("200", "True", "True")
    assert int(interrupted) < 10, done.stdout
