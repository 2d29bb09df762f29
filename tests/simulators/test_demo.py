"""The demonstration: what it prints works when it is pasted, and it harms no other demonstration."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.azurite.server import free_port

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "simulators.demo"]
LAST_LINE = "kill -9"


class Demo:
    """A running demonstration and what it said."""

    def __init__(self, port: int) -> None:
        self.folder = ROOT / ".data/demo" / str(port)
        environment = {**os.environ, "PORT": str(port)}
        self.process = subprocess.Popen(
            DEMO, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        self.said = ""
        while LAST_LINE not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def lines(self, word: str) -> list[str]:
        """The lines to paste that hold a word, run by this Python whatever `.venv` is."""
        found = [line.strip() for line in self.said.splitlines() if line.startswith("  ") and word in line]
        return [line.replace(".venv/bin/python", sys.executable) for line in found]

    def state(self) -> dict[str, int]:
        [url] = re.findall(r"http://\S+/_control/state", self.said)
        with httpx.Client(trust_env=False) as client:
            found: dict[str, int] = client.get(url).json()
        return found

    def says(self, word: str) -> bool:
        """Wait for a line that holds a word."""
        assert self.process.stdout
        return any(word in line for line in self.process.stdout)

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        assert self.process.stdout
        self.process.stdout.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    running = Demo(free_port())
    yield running
    running.close()


def pasted(line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "no_proxy": "*"}
    return subprocess.run(["bash", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_three_lines_of_curl_work(demo: Demo) -> None:
    empty, made, found = (pasted(line.replace("curl ", "curl -s ")).stdout for line in demo.lines("curl -H"))
    assert '"totalResults":0' in empty
    assert '"userName":"ada@example.com"' in made and '"active":true' in made
    assert '"totalResults":1' in found and '"userName":"scim.gateway"' in found


def test_a_second_one_on_the_same_port_says_so_and_leaves_the_first_ones_data(demo: Demo) -> None:
    environment = {**os.environ, "PORT": demo.folder.name}
    done = subprocess.run(DEMO, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Port {demo.folder.name} cannot be had: ") and len(done.stderr.splitlines()) == 1
    assert (demo.folder / "directory.db").exists()


@pytest.mark.parametrize("port", ["a", "", "-1", "99999"])
def test_a_port_that_is_none_is_refused_in_one_line(port: str) -> None:
    environment = {**os.environ, "PORT": port}
    done = subprocess.run(DEMO, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, f"PORT must be a number from 0 to 65535, not {port}.\n")


@pytest.mark.slow
def test_a_kill_during_the_line_costs_nothing_when_it_is_sent_again(demo: Demo) -> None:
    [line], [kill] = demo.lines("simulators.entra "), demo.lines(LAST_LINE)
    pasted(f"({line}) & sleep 3; {kill}; wait")
    assert demo.says("signal 9") and demo.says("ready again")
    again = pasted(line)
    assert again.returncode == 0, again.stdout
    assert demo.state()["count"] == 51, "50 people and the gateway's own account"
