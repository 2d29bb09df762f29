"""The page of the command line is what the parser says. `python -m tests.gateway.test_cli_reference` writes it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli import _parser, main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md"
BEGIN, END = "<!-- the commands -->", "<!-- end of the commands -->"


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Every command that can be typed, with what it is for; those with commands of their own give these instead."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helped = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, below in action.choices.items():
                inner = list(commands(below))
                yield from (
                    ((f"{name} {n}", text, p) for n, text, p in inner) if inner else [(name, helped[name], below)]
                )


def section(name: str, text: str, parser: argparse.ArgumentParser) -> str:
    actions = [one for one in parser._actions if "--help" not in one.option_strings]
    positional = [one for one in actions if not one.option_strings]
    typed = " ".join(["python -m gateway", name, *(str(one.metavar or one.dest) for one in positional)])
    rows = [f"| {spelled(one)} | {one.help or ''} |" for one in actions]
    table = ["", "| | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"### {name}", "", f"    {typed}", "", text, *table])


def spelled(action: argparse.Action) -> str:
    """An argument as it is typed."""
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`".replace("|", "` or `")
    choices = " or ".join(str(one) for one in action.choices or ())
    value = "" if action.nargs == 0 else f" {action.metavar or choices}"
    needed = ", required" if action.required else ""
    return f"`{', '.join(action.option_strings)}{value}`{needed}"


def generated() -> str:
    return "\n\n".join(section(*one) for one in commands(_parser()))


def test_the_page_says_what_the_parser_says() -> None:
    assert generated() in PAGE.read_text(), "run python -m tests.gateway.test_cli_reference"


def test_every_command_has_a_sentence_and_every_argument_a_meaning() -> None:
    for name, text, parser in commands(_parser()):
        assert text.endswith("."), name
        assert all(action.help for action in parser._actions), name


def test_the_walk_reaches_commands_of_both_kinds() -> None:
    found = {name for name, _, _ in commands(_parser())}
    assert {"serve", "map list", "doctor", "adapters", "new-adapter"} <= found
    assert "map" not in found


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["map"], ["serve", "--port", "x"], ["serve", "--host="], ["doctor"]]
)
def test_a_command_line_that_is_wrong_is_a_sentence_and_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "1.5", "x"])
def test_a_port_that_is_none_says_what_one_is(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", f"--port={port}"])
    assert "a port is a whole number from 0 to 65535." in capsys.readouterr().err


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{generated()}\n\n{END}{rest.partition(END)[2]}")
