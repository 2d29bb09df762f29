"""What mypy says of the code that a page shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def complaints(*files: Path) -> str:
    """The complaints about these files of one folder, by the project's own rules and in its cache."""
    if not files:
        return ""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *map(str, files)]
    environment = os.environ | {"MYPYPATH": str(files[0].parent)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr
