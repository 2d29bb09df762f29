"""Which files of a folder go to Azure: what .funcignore does not name, in the syntax of .gitignore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def uploaded(root: Path) -> list[Path]:
    """Files below `root` that `func azure functionapp publish` and azd upload, sorted, relative to it."""
    lines = (root / ".funcignore").read_text(encoding="utf-8").splitlines()
    patterns = [_pattern(line) for line in lines if line.strip() and not line.startswith("#")]
    return sorted(path.relative_to(root) for path in _walk(root, root, patterns))


def _walk(folder: Path, root: Path, patterns: list[re.Pattern[str]]) -> Iterator[Path]:
    for path in folder.iterdir():
        told = path.relative_to(root).as_posix()
        if any(pattern.fullmatch(told) for pattern in patterns):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, root, patterns)
        else:
            yield path


def _pattern(line: str) -> re.Pattern[str]:
    """A line without `**` or `!`, which .funcignore does not use: anchored when it has a slash inside."""
    told = line.strip().rstrip("/")
    anchored = "/" in told
    parts = re.escape(told.lstrip("/")).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.compile(parts if anchored else f"(?:.*/)?{parts}")
