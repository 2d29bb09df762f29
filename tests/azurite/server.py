"""Microsoft's storage emulator as a process of the tests."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "node_modules" / ".bin" / "azurite-table"
ACCOUNT = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
)
"""The emulator's public account."""


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def azurite() -> Iterator[str]:
    """The connection string of an emulator that runs; fails under CI when it is not installed, else skips."""
    if not PROGRAM.exists():
        message = "Azurite is not installed: run `make azurite` (Node.js 20 is needed)."
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    port = free_port()
    options = ["--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck"]
    process = subprocess.Popen([PROGRAM, "--tablePort", str(port), *options], stdout=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield f"{ACCOUNT}TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("Azurite did not start.")
