"""The pages on deployment say what templates and commands do: parameters, roles, alerts, commands and files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import COMMANDS
from tests.infra import azure
from tests.infra.lint import ROOT
from tests.infra.tree import at, text, value

PAGES = [
    ROOT / name
    for name in (
        "SECURITY.md",
        "docs/tutorials/deploy.md",
        *(f"docs/how-to/{name}.md" for name in ("rotate-secrets", "restrict-access", "scale", "private-network")),
        *(f"docs/how-to/{name}.md" for name in ("upgrade", "back-up", "move-a-backend")),
    )
]
MODULES = {"preflight", "package", "operate"}


def parameter_table() -> str:
    """The table of parameters as the tutorial shows it."""
    rows = []
    for name, one in azure.TEMPLATES["main.bicep"].of("param").items():
        told = text(one.default).strip("'").replace("${environmentName}", "NAME")
        default = f"`{told}`" if told else ("" if one.default is None else "empty")
        [meaning] = one.decorators["description"]
        allowed = one.decorators.get("allowed")
        limits = [str(one.decorators[limit][0]) for limit in ("minValue", "maxValue") if limit in one.decorators]
        choice = f" One of {', '.join(map(str, allowed[0]))}." if allowed else ""  # type: ignore[call-overload]
        choice += f" From {' to '.join(limits)}." if len(limits) > 1 else ""
        rows.append(f"| `{name}` | {default} | {meaning}{choice} |")
    return "\n".join(rows)


def test_the_tutorial_has_every_parameter() -> None:
    assert parameter_table() in PAGES[1].read_text(), parameter_table()


def test_the_pages_name_every_alert() -> None:
    alerts: Any = value(azure.TEMPLATES["modules/alerts.bicep"].of("var")["logAlerts"].default)
    page = (ROOT / "docs" / "how-to" / "scale.md").read_text()
    for alert in [*(one["name"] for one in alerts), "storage-throttled"]:
        assert f"`{alert}`" in page, alert


def test_the_security_page_has_every_role() -> None:
    page = PAGES[0].read_text()
    access = azure.TEMPLATES["modules/access.bicep"]
    names = {
        "blobDataOwner": "Storage Blob Data Owner",
        "tableDataContributor": "Storage Table Data Contributor",
        "secretsUser": "Key Vault Secrets User",
        "secretsOfficer": "Key Vault Secrets Officer",
        "metricsPublisher": "Monitoring Metrics Publisher",
    }
    assigned = [one for one in access.resources if "roleAssignments" in one.resource_type[0]]
    told = {re.findall(r"roles\.(\w+)", text(at(one.body, "properties.roleDefinitionId")))[0] for one in assigned}
    assert told == names.keys()
    assert all(f"| {names[role]} |" in page for role in told)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_and_settings_that_a_page_names_exist(page: Path) -> None:
    words = set(re.findall(r"`([^`\n]+)`", page.read_text()))
    for name in (word for word in words if re.fullmatch(r"(infra|docs|gateway|scim|tests)/[\w./-]*", word)):
        assert (ROOT / name).exists() or name == "infra/main.bicepparam", name
    parameters = azure.TEMPLATES["main.bicep"].of("param")
    for name in re.findall(r"`([a-z]+[A-Z]\w+)(?: = [^`]*)?`", page.read_text()):
        assert name in parameters or name in SETTINGS_OF_OTHERS, name


SETTINGS_OF_OTHERS = {"remoteBuild", "userName", "publicNetworkAccess"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_exist(page: Path) -> None:
    code = re.sub(r"\\\n\s*", "", page.read_text())
    names = {module.NAME for module in COMMANDS}
    for module, command in re.findall(r"-m (gateway|infra\.\w+) ([\w-]+)", code):
        if module in ("gateway", "infra.operate"):
            assert command in names, command
    for module in re.findall(r"-m infra\.(\w+)", code):
        assert module in MODULES, module
    for line in re.findall(r"^    (.*)$", code, re.MULTILINE):
        shlex.split(line, comments=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text()):
        found = page.parent / target if target else page
        assert found.exists(), target
        titles = {
            re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-")
            for one in re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
        }
        assert not anchor or anchor in titles, (target, anchor)


if __name__ == "__main__":
    print(parameter_table())
