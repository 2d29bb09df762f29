"""What the command line does with an output that takes less than it is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway.doors import ENVIRONMENT, configured

ROOT = Path(__file__).parents[2]
GIVING_UP = """
import sys


class Finder:
    def find_spec(self, name, *_):
        if name == "gateway.cli.cost":
            raise KeyboardInterrupt


sys.meta_path.insert(0, Finder())
"""
COST = "cost --users 10 --changes 1"


def shell(command: str, **more: str) -> tuple[int, str]:
    """Exit status and both outputs of a line for the shell in which GATEWAY is the program."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    line = command.replace("GATEWAY", f"{sys.executable} -m gateway")
    done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "status", "told", "why"),
    [
        (f"GATEWAY {COST} >&-", 0, "", "nobody wants to read it"),
        (f"GATEWAY {COST} >/dev/full", 1, "The output cannot be written: No space left on device.\n", "a full disk"),
    ],
)
def test_an_output_that_takes_nothing_is_a_sentence_at_most(line: str, status: int, told: str, why: str) -> None:
    assert shell(line) == (status, told), why


def test_a_terminal_without_a_letter_shows_its_number_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = str(configured(tmp_path))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    main(["token", "issue", "acme", "--name", "Zoë 田中", "--config", config])
    status, told = shell(f"GATEWAY token list acme --config {config}", PYTHONIOENCODING="ascii")
    assert status == 0 and told.endswith(r"Zo\xeb \u7530\u4e2d" + "\n")


def test_who_gives_up_while_it_starts_sees_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GIVING_UP)
    assert shell(f"GATEWAY {COST}", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}") == (130, "")
