"""The sweep under both hosts: the timer of the Function and the background task of `serve`."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from gateway.stores.sqlite import SqliteStore
from scim.identity.claims import Claim
from scim.identity.store import Insert
from tests.end_to_end.processes import ENVIRONMENT, ROOT, start

CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
sweep = 0.1
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
"""
FIRE = """
import asyncio, pathlib, sys
from tests.hosts.functions_host import FunctionsHost

async def main():
    host = await FunctionsHost(pathlib.Path(".")).start()
    print(await host.timer("sweep"))
    host.stop()

asyncio.run(main())
"""


def prepared(folder: Path) -> Path:
    """A configuration, and a store with the claim of a create that was interrupted long ago."""
    path = folder / "gateway.toml"
    path.write_text(CONFIG.format(folder=folder))

    async def claim() -> None:
        store = SqliteStore(folder / "map.db")
        dead = Claim("c.dead", "op", "payload", "open", 1.0, value="nobody")
        await store.commit("directory.user", [Insert(dead.key, dead.values())])
        await store.aclose()

    asyncio.run(claim())
    with sqlite3.connect(folder / "map.db") as connection:
        connection.execute("update rows set written = written - 5000")
    return path


def left(folder: Path) -> int:
    with sqlite3.connect(folder / "map.db") as connection:
        return int(connection.execute("select count(*) from rows where key = 'c.dead'").fetchone()[0])


def test_the_timer_of_the_function_sweeps(tmp_path: Path) -> None:
    environment = {**os.environ, **ENVIRONMENT, "SCIMGATE_CONFIG": str(prepared(tmp_path))}
    fired = subprocess.run(
        [sys.executable, "-c", FIRE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (fired.stdout.strip(), left(tmp_path)) == ("None", 0), fired.stderr


def test_serve_sweeps_in_the_background(tmp_path: Path) -> None:
    gateway = start(
        ["gateway", "serve", "--config", str(prepared(tmp_path)), "--port", "0"], tmp_path / "log", ENVIRONMENT
    )
    deadline = time.monotonic() + 30
    while left(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    gateway.stop()
    assert left(tmp_path) == 0


def test_a_sweep_that_fails_is_logged_and_serving_goes_on(tmp_path: Path) -> None:
    config = prepared(tmp_path)
    config.write_text(config.read_text().replace(f"{tmp_path}/directory.db", f"{tmp_path}"))
    gateway = start(["gateway", "serve", "--config", str(config), "--port", "0"], tmp_path / "log", ENVIRONMENT)
    deadline = time.monotonic() + 30
    while "cannot be settled" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    gateway.stop()
    assert "cannot be settled yet: Unavailable" in (tmp_path / "log").read_text() and left(tmp_path) == 1
