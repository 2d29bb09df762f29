"""What a published page tells its reader to type, and what it shows in return.

A fenced block with a file name as its title is that file; `, at the end` appends it, and a `diff` changes the file.
`sh` is typed into a terminal, the one that the title names or the first; a `text` or `json` after it is its output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r'^```(\w+)(?: title="([^"]*)")?[^\n]*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
APPENDED = ", at the end"
ANY = {
    "id": r"\b[a-z2-7]{26}\b",
    "token": r"\b[\w-]{32}(?![\w-])",
    "port": r"(?<=127\.0\.0\.1:)\d+",
    "version": r"\b[0-9a-f]{16}\b",
    "count": r"\b[1-9]\d*(?= passed| skipped)",
    "time": r"\b\d+\.\d+(?= ?s\b)",
    "moment": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z",
    "blanks": r" {2,}",
}
"""What differs from run to run: each map has a salt of its own, and the kit grows."""
VARYING = re.compile("|".join(f"(?P<{name}>{what})" for name, what in ANY.items()))
LEARNED = ("id", "token", "port")
"""What a reader copies from an output into what is typed later."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Step:
    """A block that the reader acts on, and the output that the page shows for it."""

    block: Block
    shown: str | None = None


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    return [
        Block(match[1], match[2] or "", match[3], page.count("\n", 0, match.start()) + 1)
        for match in FENCE.finditer(page)
    ]


def steps(page: str) -> Iterator[Step]:
    """The steps of a page, in its order."""
    found = blocks(page)
    for block, following in zip(found, [*found[1:], None], strict=True):
        if block.language == "sh":
            answered = following is not None and following.language in {"text", "json"} and not following.title
            yield Step(block, following.text if answered and following else None)
        elif block.title:
            yield Step(block)


def edit(folder: Path, block: Block) -> None:
    """Write, lengthen or change the file that the block's title names."""
    name = block.title.removesuffix(APPENDED)
    path = folder / name
    if block.language == "diff":
        path.write_text(_patched(path.read_text(), block))
    elif name != block.title:
        path.write_text(path.read_text() + block.text)
    else:
        path.write_text(block.text)


def _patched(text: str, block: Block) -> str:
    lines = block.text.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    places = f"\n{text}".count(f"\n{old}")
    assert places == 1, f"line {block.line}: this change fits {places} places of {block.title}"
    return f"\n{text}".replace(f"\n{old}", f"\n{new}").removeprefix("\n")


def pattern(shown: str) -> re.Pattern[str]:
    """What an output must match: the lines that are shown, `...` for any number of lines, any id and any duration."""
    text = ""
    for line in shown.splitlines():
        text += r"(?:.*\n)*?" if line.strip() == "..." else _line(line) + r"\n"
    return re.compile(text)


def _line(line: str) -> str:
    parts, end = [], 0
    for match in VARYING.finditer(line):
        name = str(match.lastgroup)
        parts += [re.escape(line[end : match.start()]), f"({ANY[name]})" if name in LEARNED else ANY[name]]
        end = match.end()
    return "".join([*parts, re.escape(line[end:])])


def learned(shown: str, match: re.Match[str]) -> dict[str, str]:
    """What the page shows of ids, tokens and ports, and what they are really."""
    return dict(
        zip((one[0] for one in VARYING.finditer(shown) if one.lastgroup in LEARNED), match.groups(), strict=True)
    )
