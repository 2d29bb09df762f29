"""Every configuration that a page shows can be read by the gateway, and a connection can be opened with it."""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from gateway.config import load
from gateway.registry import available
from scim.mapping import Table
from scim.schemas import GROUPS, USERS
from tests.site.built import ROOT

LINES = re.compile(r"""(?:^ {4,}(?:#.*|\[.*|[\w."-]+ = .*)?\n|^\n)+""", re.MULTILINE)
"""What stands indented on a page and looks like TOML."""
SCHEMAS = {"User": USERS, "Group": GROUPS}


def configurations() -> list[tuple[str, str]]:
    """The page and the text of each configuration with a connection to a bundled adapter."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        (str(page.relative_to(ROOT)), text)
        for page in pages
        for text in map(textwrap.dedent, LINES.findall(page.read_text()))
        if re.search(r"^\[connections\.", text, re.MULTILINE) and _bundled(text)
    ]


def _bundled(text: str) -> bool:
    return _adapters(text) <= set(available())


def _adapters(text: str) -> set[str]:
    return {connection.get("adapter", "") for connection in tomllib.loads(text)["connections"].values()}


@pytest.mark.parametrize(("page", "text"), configurations(), ids=lambda value: value.strip().splitlines()[0])
def test_a_configuration_of_a_page_is_read(tmp_path: Path, page: str, text: str) -> None:
    (tmp_path / "gateway.toml").write_text(text)
    environment = dict.fromkeys(re.findall(r'env = "(\w+)"', text), "a-secret-of-the-environment")
    config = load(tmp_path / "gateway.toml", environment)
    for connection in config.connections.values():
        for resource in connection.backend.adapter(connection.backend.settings).resources():
            assert Table(resource.fields, SCHEMAS[resource.type]).bindings, page


def test_the_pages_of_all_systems_show_one() -> None:
    assert set().union(*(_adapters(text) for _, text in configurations())) >= {
        "directory",
        "kintone",
        "phonebook",
        "replicon",
    }
