"""Five thousand people in one company: the cycle comes to its end, memory stays flat, and nothing is written twice."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.processes import OTHER, ROOT, Process, start

pytestmark = pytest.mark.slow
SMALL, LARGE = 1_000, 5_000
CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
"""


def cycle(gateway: Process, folder: Path, users: int, *options: str) -> tuple[str, int]:
    """What the Entra simulator prints, and the most memory that it had, in kilobytes."""
    tenant = f"{gateway.url}/directory/scim/v2"
    command = [sys.executable, "-m", "simulators.entra", tenant, "--token", OTHER, "--users", str(users), "--seed", "7"]
    command += ["--state", str(folder / f"entra-{users}"), "--workers", "4", *options]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout
    with running.stdout:
        said = running.stdout.read()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, said
    return said, usage.ru_maxrss


def resident(gateway: Process) -> int:
    """The gateway's memory in kilobytes."""
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])


def count(said: str, what: str) -> int:
    found = re.findall(rf"^\s*{what}\s+(\d+)", said, re.MULTILINE)
    return int(found[0]) if found else 0


def test_a_cycle_over_five_thousand_people_has_flat_memory_and_a_second_one_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(CONFIG.format(folder=tmp_path))
    config = ["gateway", "serve", "--config", str(tmp_path / "gateway.toml"), "--port", "0", "--quiet"]
    gateway = start(config, tmp_path / "log")
    try:
        _cycles(gateway, tmp_path)
    finally:
        gateway.stop()


def _cycles(gateway: Process, tmp_path: Path) -> None:
    small, small_memory = cycle(gateway, tmp_path, SMALL)
    assert count(small, "created") == SMALL
    before = resident(gateway)
    large, large_memory = cycle(gateway, tmp_path, LARGE)
    assert count(large, "created") == LARGE - SMALL, "the first thousand are the same people and are matched"
    assert resident(gateway) - before < 30_000, "the gateway holds no more for more people but ids it has seen"
    assert large_memory - small_memory < 30_000
    with sqlite3.connect(tmp_path / "directory.db") as file:
        assert file.execute("select count(*), count(distinct login) from users").fetchone() == (LARGE, LARGE)
        versions = file.execute("select sum(version) from users").fetchone()
    again, _ = cycle(gateway, tmp_path, LARGE)
    full, _ = cycle(gateway, tmp_path, LARGE, "--full")
    for said in (again, full):
        assert count(said, "unchanged") == LARGE
        [requests] = re.findall(r"requests: \d+ \((.*)\)", said)
        assert requests.startswith("GET") and "," not in requests, requests
    with sqlite3.connect(tmp_path / "directory.db") as file:
        assert file.execute("select sum(version) from users").fetchone() == versions
    print(f"memory of the gateway: {before // 1024} MB, {large_memory // 1024} MB of the simulator")
