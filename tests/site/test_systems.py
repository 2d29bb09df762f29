"""The page that compares the systems is what their adapters say. `python -m tests.site.test_systems` writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.cli.installed import example, short
from gateway.cli.quality import grade, marks_of
from gateway.registry import adapter_class, claims
from scim.mapping import Binding, Table
from scim.schemas import USERS
from scim_adapter import Resource
from simulators.__main__ import SERVICES
from tests.gateway.test_cli_quality import parts
from tests.site.built import ROOT

PAGES = ROOT / "docs" / "systems"
PAGE = PAGES / "index.md"
BEGIN, END = "<!-- the systems -->", "<!-- end of the systems -->"
FIVE = {"replicon": "Replicon", "kintone": "Kintone", "ringcentral": "RingCentral", "rfpio": "RFPIO", "ricoh": "RICOH"}
SYSTEMS = [name for name in FIVE if (PAGES / f"{name}.md").exists()]


@dataclass(frozen=True)
class System:
    """One of the systems, by the name of its adapter."""

    name: str

    @cached_property
    def settings(self) -> Any:
        return adapter_class(self.name).Settings

    @cached_property
    def resources(self) -> Sequence[Resource]:
        return list(adapter_class(self.name)(example(self.settings)).resources())

    @cached_property
    def users(self) -> Resource:
        return next(one for one in self.resources if one.type == "User")

    @cached_property
    def bindings(self) -> Sequence[Binding]:
        return Table(self.users.fields, USERS).bindings

    @property
    def page(self) -> str:
        return (PAGES / f"{self.name}.md").read_text()

    def secrets(self) -> str:
        """The settings that are secret; who has several offers several ways to sign in."""
        fields = self.settings.model_fields.items()
        return _codes(name for name, one in fields if SecretStr in parts(one.annotation))

    def required(self) -> str:
        """Attributes without which nobody is created."""
        return _paths(b for b in self.bindings if b.required and b.field.default is None)

    def once(self) -> str:
        """What is given at creation and never again."""
        return _paths(b for b in self.bindings if b.field.mutable == "create") or "nothing"

    def searched(self) -> str:
        """By what somebody is found without reading everybody; what the identity map keeps is found anyhow."""
        return _paths(b for b in self.bindings if b.field.native in self.users.can.filter)

    def groups(self) -> str:
        """Whether groups are offered."""
        switch = next((name for name in ("groups", "sync_groups") if name in self.settings.model_fields), "")
        if any(one.type == "Group" for one in self.resources):
            return "yes"
        return f"`{switch} = true`" if switch else "no"

    def calls(self, *begins: str) -> str:
        """What the system's own page says of the first operation that begins so."""
        rows = re.findall(r"^\| ([^|]+?) \| (\d+) \|", self.page, re.MULTILINE)
        return next((count for begin in begins for operation, count in rows if operation.startswith(begin)), "")

    def grade(self) -> str:
        """On the quality scale."""
        claim = next(one for one in claims() if one.name == self.name)
        return grade(marks_of(claim) or {})


def _codes(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _paths(bindings: Any) -> str:
    return _codes(short(binding.path) for binding in bindings)


ROWS: dict[str, Callable[[System], str]] = {
    "the tutorial": lambda one: f"[{FIVE[one.name]}]({one.name}.md)",
    "secrets in its settings": System.secrets,
    "attributes of a user": lambda one: str(len(one.bindings)),
    "required": System.required,
    "given at creation only": System.once,
    "searched natively": System.searched,
    "groups": System.groups,
    "calls of a match": lambda one: one.calls("Test Connection, match"),
    "calls of a create": lambda one: one.calls("create"),
    "calls of a change": lambda one: one.calls("change, of", "change of"),
    "calls of a disable": lambda one: one.calls("disable"),
    "[grade](../reference/quality.md)": System.grade,
    "to try it without the system": lambda one: f"`python -m simulators.{one.name}`",
}


def generated() -> str:
    systems = [System(name) for name in SYSTEMS]
    lines = [["system", *(FIVE[one.name] for one in systems)], ["---"] * (len(systems) + 1)]
    lines += [[title, *(row(one) for one in systems)] for title, row in ROWS.items()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def test_the_page_compares_the_systems_as_they_are() -> None:
    assert generated() in PAGE.read_text(), "run python -m tests.site.test_systems"


@pytest.mark.parametrize("name", SYSTEMS)
def test_nothing_is_left_open(name: str) -> None:
    system = System(name)
    assert [title for title, row in ROWS.items() if not row(system)] == []
    assert name in SERVICES


def test_the_page_leads_to_every_system() -> None:
    pages = {path.name for path in PAGES.glob("*.md")} - {"index.md"}
    assert pages == set(re.findall(r"\]\((\w[\w-]*\.md)\)", PAGE.read_text()))


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{generated()}\n\n{END}{rest.partition(END)[2]}")
