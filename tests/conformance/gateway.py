"""A gateway in front of a directory, as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.processes import OTHER, start

CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
"""
HEADERS = {"authorization": f"Bearer {OTHER}"}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The Tenant URL of a gateway that runs."""
    config = folder / "gateway.toml"
    config.write_text(CONFIG.format(folder=folder))
    process = start(["gateway", "serve", "--config", str(config), "--port", "0"], folder / "log")
    try:
        yield f"{process.url}/directory/scim/v2"
    finally:
        process.stop()
