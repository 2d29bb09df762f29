"""Where a fault of somebody else's code lies, told without a word that could be a secret."""

from __future__ import annotations

import traceback
from pathlib import Path


def place(error: BaseException) -> str:
    """Where an error was raised: a file and a line, and nothing of what it says."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{'/'.join(Path(last.filename).parts[-2:])} line {last.lineno}"
