"""The kit's pages say what the kit does. `python -m tests.kit.test_reference` prints the table of promises."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from scim_adapter.testing import FaultyResource, ResourceContract, Subject
from scim_adapter.testing.kit import NEEDS, Kit

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "contract-kit.md").read_text()
HOW_TO = (ROOT / "docs" / "how-to" / "test-an-adapter.md").read_text()
TEMPLATE = ROOT / "examples" / "scim-adapter-template"
FIXTURES = ("adapter", "refused", "unreachable")


def promises() -> str:
    """A row for every test: its name as a sentence, and what it needs."""
    return "\n".join(["| promise | needs |", "|---|---|", *_rows()])


def _rows() -> Iterator[str]:
    for part in ResourceContract.__mro__[1:]:
        for name, test in vars(part).items():
            if name.startswith("test_"):
                verbs, can = getattr(test, NEEDS, ((), ""))
                given = [f"`{one}`" for one in verbs] + [f"`Can.{can}`"] * bool(can)
                given += [f"fixture `{one}`" for one in FIXTURES if one in inspect.signature(test).parameters]
                yield f"| {name.removeprefix('test_').replace('_', ' ')} | {', '.join(given)} |"


def test_the_page_has_every_promise_and_no_other() -> None:
    assert REFERENCE.split("## The promises\n\n")[1].rstrip() == promises(), promises()


def test_the_page_has_every_hook() -> None:
    fixtures = {"resource", "targets", *FIXTURES}
    hooks = {name for name in vars(Kit) if name in Kit.__annotations__} | {"sample"} | fixtures
    assert not [name for name in hooks if f"`{name}`" not in REFERENCE and f"`{name}(" not in REFERENCE]
    arguments = set(inspect.signature(FaultyResource).parameters) - {"inner"}
    assert not [name for name in arguments if f"| `{name}` |" not in REFERENCE]


def test_the_methods_that_the_page_names_exist() -> None:
    described = REFERENCE.split("## `Subject`")[1].split("##")[0]
    named = {part.split("(")[0] for part in described.split("`")[1::2] if "(" in part}
    assert named and all(callable(getattr(Subject, name)) for name in named)


def test_the_how_to_shows_the_templates_test() -> None:
    source = (TEMPLATE / "tests" / "test_contract.py").read_text()
    shown = source[source.index("class TestPeople") :].rstrip()
    assert "\n".join(f"    {line}".rstrip() for line in shown.splitlines()) in HOW_TO


if __name__ == "__main__":
    print(promises())
