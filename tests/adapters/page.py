"""An administrator's page, as tests read it and compare it with the code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.config import Connection, load

ROOT = Path(__file__).resolve().parent.parent.parent
SCIM_BACKEND = (*sorted((ROOT / "scim_adapter" / "scim_backend").glob("*.py")), ROOT / "scim_adapter" / "http.py")
"""Where the messages of adapters for SCIM servers are."""


def system(name: str) -> str:
    """The page of a system."""
    return (ROOT / "docs" / "systems" / f"{name}.md").read_text()


def table(page: str, title: str) -> dict[str, list[str]]:
    """The rows of the tables of a section, by their first cell."""
    section = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip(): row[1:] for row in rows[2:]}


def unsaid(page: str, sources: Iterable[Path], also: str = "") -> list[str]:
    """The messages under *Troubleshooting* that neither these sources nor the further text hold."""
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text())))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    told = "\n".join([also, *texts])
    return [message for message in table(page, "Troubleshooting") if message not in told]


def example(page: str) -> str:
    """The configuration under *2. In the gateway*."""
    section = page.split("## 2. In the gateway")[1].split("\n## ", maxsplit=1)[0]
    return "\n".join(line[4:] for line in section.splitlines() if line.startswith("    ") and "python" not in line)


def opened(text: str, name: str, secrets: Mapping[str, str], folder: Path) -> Connection:
    """The connection of a configuration, read as the gateway reads it."""
    file = folder / "gateway.toml"
    file.write_text(f'[gateway]\nstore = "memory:"\n{text}')
    return load(file, secrets).connections[name]
