"""Every public name of the contract stands on its page with the version that brought it; none appears unseen.

`python -m tests.scim_adapter.test_contract_versions` prints the names that the page lacks, as rows of its table.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import scim_adapter
from scim_adapter import API_VERSION

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "contract-versions.md"
MODULES = ("scim_adapter", "scim_adapter.http", "scim_adapter.scim_backend", "scim_adapter.testing")
ROW = re.compile(r"^\| `([\w.]+)` \| (.*?) \| (\d+) \|$", re.MULTILINE)
MEMBER = re.compile(r"`(\w+)`(?: \((\d+)\))?")


def public(name: str) -> Mapping[str, Any]:
    """The public names of a module: its `__all__`, or whatever it defines itself without an underscore."""
    module = importlib.import_module(name)
    own = [n for n, v in vars(module).items() if not n.startswith("_") and getattr(v, "__module__", "") == name]
    return {one: getattr(module, one) for one in getattr(module, "__all__", own)}


def members(value: Any) -> list[str]:
    """What a name has below it: attributes, methods and the arguments of its making; of a function its arguments."""
    if not inspect.isclass(value):
        return arguments(value) if inspect.isfunction(value) else []
    ours = [one for one in reversed(value.__mro__) if one.__module__.startswith("scim_adapter")]
    found = [n for one in ours for n in (*vars(one).get("__annotations__", {}), *vars(one)) if counts(n)]
    return list(dict.fromkeys([*arguments(value.__init__), *found]))


def counts(name: str) -> bool:
    return not name.startswith(("_", "test_")) and name != "pytestmark"


def arguments(function: Any) -> list[str]:
    if not inspect.isfunction(function):
        return []
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [n for n, one in inspect.signature(function).parameters.items() if one.kind in named and n != "self"]


def actual() -> dict[str, list[str]]:
    return {name_of(module, name): members(value) for module in MODULES for name, value in public(module).items()}


def name_of(module: str, name: str) -> str:
    return f"{module.removeprefix('scim_adapter').removeprefix('.')}.{name}".removeprefix(".")


def rows() -> Iterator[tuple[str, dict[str, int], int]]:
    """The rows of the page: a name, its members with their versions, its own version."""
    for name, text, since in ROW.findall(PAGE.read_text()):
        yield name, {member: int(later or since) for member, later in MEMBER.findall(text)}, int(since)


def test_every_public_name_is_on_the_page_and_nothing_else() -> None:
    assert sorted(name for name, _, _ in rows()) == sorted(actual())


@pytest.mark.parametrize("name", actual())
def test_every_member_of_a_name_is_on_the_page_and_nothing_else(name: str) -> None:
    [told] = [list(found) for one, found, _ in rows() if one == name]
    assert sorted(told) == sorted(actual()[name])


def test_the_newest_version_on_the_page_is_the_one_of_the_package() -> None:
    versions = {since for _, found, first in rows() for since in (first, *found.values())}
    assert max(versions) == API_VERSION
    assert f"`API_VERSION` is {API_VERSION}" in PAGE.read_text()
    assert re.findall(r"^## Version (\d+)$", PAGE.read_text(), re.MULTILINE) == [
        str(one) for one in range(API_VERSION, 0, -1)
    ]


def test_an_adapter_that_says_nothing_needs_the_first_version() -> None:
    assert scim_adapter.Adapter.api_version == 1


def test_no_member_is_older_than_its_name() -> None:
    assert not [name for name, found, since in rows() if any(one < since for one in found.values())]


if __name__ == "__main__":
    known = {name: found for name, found, _ in rows()} if PAGE.exists() else {}
    for each, below in actual().items():
        if each not in known or set(below) - set(known[each]):
            print(f"| `{each}` | {', '.join(f'`{one}`' for one in below)} | {API_VERSION} |")
