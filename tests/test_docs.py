"""The pages say what the code does: tables of settings and attributes are computed, links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gateway.cli.installed import example
from gateway.config import CONNECTION_KEYS, DURATIONS, RESERVED
from gateway.registry import adapter_class, available
from scim.identity.store import Store
from scim.mapping import Table
from scim.options import Options
from scim.schemas import GROUPS, USERS
from scim_adapter import Adapter, Resource

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
SHAPES = {"User": USERS, "Group": GROUPS}
PAGE_OF = {"scim": "any-scim-server"}
"""Pages that do not have their adapter's name."""


def settings_table(model: type[BaseModel]) -> str:
    """The settings of an adapter as its page shows them."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        absent = field.default is PydanticUndefined or field.default is None
        default = "" if absent else f"`{json.dumps(field.default, ensure_ascii=False)}`"  # in TOML these look alike
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(rows)


def attribute_tables(adapter: Adapter[Any]) -> list[str]:
    """The mapping tables of an adapter's users, and of its groups if it has some, as its page shows them."""
    return [attribute_table(resource) for resource in adapter.resources()]


def attribute_table(resource: Resource) -> str:
    """One mapping table."""
    rows = ["| SCIM | native | |", "|---|---|---|"]
    for binding in Table(resource.fields, SHAPES[resource.type]).bindings:
        field = binding.field
        notes = ["required"] * (binding.required and field.default is None) + ["unique"] * (field.unique != "no")
        notes += ["write-only"] * field.write_only + ["read-only"] * (field.mutable == "never")
        notes += ["at creation only"] * (field.mutable == "create")
        notes += ["reference"] * bool(field.ref) + ["has a default"] * (field.default is not None)
        rows.append(f"| `{binding.path}` | `{field.native}` | {', '.join(notes)} |")
    return "\n".join(rows)


@pytest.mark.parametrize("name", available())
def test_an_adapters_page_has_its_settings_and_attributes(name: str) -> None:
    page = (ROOT / "docs" / "systems" / f"{PAGE_OF.get(name, name)}.md").read_text()
    found = adapter_class(name)
    assert settings_table(found.Settings) in page, settings_table(found.Settings)
    adapter = found(example(found.Settings))
    for table in attribute_tables(adapter):
        assert table in page, table


def test_the_configuration_page_has_every_setting() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    for name in ("store", "public_url", *DURATIONS, *CONNECTION_KEYS, *Options.__slots__):
        assert f"`{name}`" in page or f".{name}]" in page, name
    for name in RESERVED:
        assert name in page


def test_the_readme_names_every_adapter_and_both_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in available())
    assert "    make run\n" in readme
    assert "    make test\n" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    for name in re.findall(
        r"`((?:scim|scim_adapter|gateway|adapters|simulators|tests|docs)/[\w/.-]+)`", page.read_text()
    ):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize(
    "module", ["scim_adapter", "scim_adapter.contract", "scim_adapter.http", "scim_adapter.errors"]
)
def test_every_public_name_of_the_contract_has_a_docstring(module: str) -> None:
    found = __import__(module, fromlist=["x"])
    for name, value in vars(found).items():
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("scim_adapter"):
            assert value.__doc__, name


def test_the_store_is_as_small_as_the_decision_says() -> None:
    assert {name for name in vars(Store) if not name.startswith("_")} == {"get", "scan", "commit", "aclose"}


if __name__ == "__main__":
    for adapter_name in available():
        chosen = adapter_class(adapter_name)
        print(settings_table(chosen.Settings), "\n")
        print(*attribute_tables(chosen(example(chosen.Settings))), sep="\n\n", end="\n\n")
