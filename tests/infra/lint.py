"""The lint of infra/: `python -m tests.infra.lint` prints every fault, and exits with 1 when there is one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.infra import modules, names, resources, security, settings
from tests.infra.tree import Fault, File, parsed

ROOT = Path(__file__).resolve().parents[2]
FILE_RULES = (*names.RULES, *resources.RULES, modules.defaults, security.secrets, security.keys, settings.refused)
BESIDE = ("../azure.yaml", "../pyproject.toml")


def sources() -> dict[str, str]:
    """Everything that the rules read, by its path from infra/."""
    folder = ROOT / "infra"
    kinds = (".bicep", ".bicepparam", ".json", ".toml")
    inside = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.suffix in kinds}
    return {name: path.read_text() for name, path in {**inside, **{one: folder / one for one in BESIDE}}.items()}


def lint(given: Mapping[str, str]) -> list[Fault]:
    """All faults of these sources."""
    templates = parsed(given)
    broken = [fault for file in templates.values() for fault in names.syntax(file)]
    if broken:
        return broken
    found = [fault for file in templates.values() for fault in _alone(file)]
    for rule in (
        modules.parameters,
        modules.scopes,
        modules.outputs,
        modules.order,
        modules.tenant_urls,
        security.roles,
    ):
        found += rule(templates)
    found += settings.the_identity_is_named(templates)
    found += security.parameter_values(given, templates)
    found += settings.connections(given)
    for both in (settings.both_ways, settings.one_python, modules.parameter_files, modules.service_tag):
        found += both(templates, given)
    return sorted(set(found))


@cache
def _alone(file: File) -> list[Fault]:
    return [fault for rule in FILE_RULES for fault in rule(file)]


if __name__ == "__main__":
    faults = lint(sources())
    print("\n".join(map(str, faults)) or "No faults.")
    sys.exit(1 if faults else 0)
