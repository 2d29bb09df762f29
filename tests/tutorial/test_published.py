"""The reader of the tutorials notices when a page is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tutorial.published import Block, edit, learned, pattern, steps
from tests.tutorial.terminal import Terminal

PAGE = """\
# A page

```python title="a.py"
x = 1
```

```sh
python a.py
```

```text
1
```

```sh title="Second terminal"
python b.py
```
"""


@pytest.mark.parametrize(
    ("shown", "real", "same", "why"),
    [
        ("one\n", "one\n", True, "the same"),
        ("one\n", "two\n", False, "another line"),
        ("one\n", "one\ntwo\n", False, "a line more"),
        ("...\ntwo\n", "zero\none\ntwo\n", True, "lines are left out"),
        ("one\n...\n", "one\n", True, "none is left out"),
        ("id: mzovvib34jkbm2og4urcf5uyzl\n", "id: wrxzdzgcrhzyqhuql3wfydyyy2\n", True, "another id"),
        ("id: mzovvib34jkbm2og4urcf5uyzl\n", "id: none\n", False, "no id"),
        ("3 failed, 38 passed in 2.5s\n", "3 failed, 41 passed in 9.0s\n", True, "the kit has grown"),
        ("3 failed, 38 passed in 2.5s\n", "4 failed, 38 passed in 2.5s\n", False, "more failures"),
        ("a (b) [c] *\n", "a (b) [c] *\n", True, "signs of regular expressions"),
    ],
)
def test_an_output_is_compared(shown: str, real: str, same: bool, why: str) -> None:
    assert bool(pattern(shown).fullmatch(real)) is same, why


def test_what_the_page_shows_stands_for_what_is_there() -> None:
    shown, real = (
        "http://127.0.0.1:1000 mzovvib34jkbm2og4urcf5uyzl\n",
        "http://127.0.0.1:23 wrxzdzgcrhzyqhuql3wfydyyy2\n",
    )
    match = pattern(shown).fullmatch(real)
    assert match
    assert learned(shown, match) == {"1000": "23", "mzovvib34jkbm2og4urcf5uyzl": "wrxzdzgcrhzyqhuql3wfydyyy2"}


def test_the_steps_of_a_page() -> None:
    found = [(step.block.title, step.block.text, step.shown, step.block.line) for step in steps(PAGE)]
    assert found == [
        ("a.py", "x = 1\n", None, 3),
        ("", "python a.py\n", "1\n", 7),
        ("Second terminal", "python b.py\n", None, 15),
    ]


def test_files_are_written_lengthened_and_changed(tmp_path: Path) -> None:
    edit(tmp_path, Block("python", "a.py", "a\nb\n", 1))
    edit(tmp_path, Block("python", "a.py, at the end", "c\n", 1))
    edit(tmp_path, Block("diff", "a.py", " a\n-b\n+bb\n", 1))
    assert (tmp_path / "a.py").read_text() == "a\nbb\nc\n"
    with pytest.raises(AssertionError, match="fits 0 places"):
        edit(tmp_path, Block("diff", "a.py", "-b\n+c\n", 1))


def test_a_terminal_keeps_its_variables_and_tells_a_failure(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, dict(os.environ))
    try:
        assert terminal.type("export who=Ada") == ("\n", 0)
        assert terminal.type('echo "$who"; false') == ("Ada\n", 1)
        assert terminal.type("sh -c 'echo ready; exec sleep 600'", pattern("ready\n")) == ("ready\n", None)
        terminal.interrupt()
        assert terminal.type("echo again") == ("again\n", 0)
    finally:
        terminal.close()
