"""Starts and requests inside Microsoft's worker library, against a function that does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.azurite.server import azurite
from tests.bench.table import Line, progress
from tests.end_to_end.processes import ENVIRONMENT, OTHER, PASSWORD, ROOT, TOKEN, start

ROUNDS = 9
REQUESTS = 1000
EMPTY = '''"""A function that does nothing: what every start pays."""
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="{*path}")
async def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")
'''
CONFIG = """
[gateway]
store = "{store}"
public_url = "https://scim.example.com"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = ":memory:"
"""
REPLICON = """
[connections.replicon]
adapter = "replicon"
token = {{ env = "REPLICON_TOKEN" }}
[connections.replicon.settings]
company_key = "acme"
username = "scim.gateway"
password = {{ env = "REPLICON_PASSWORD" }}
domain = "{url}"
"""
ASKED = "cold start to the first `userName eq`"
FILTER = "scim/v2/Users?filter=userName+eq+%22ada%40example.com%22"


@dataclass(frozen=True)
class App:
    """A folder with a function app, the request that it gets, and its budget against the empty function."""

    what: str
    folder: Path
    target: str
    budget: float
    token: str = ""
    config: Path | None = None
    status: int = 200

    def run(self, count: int = 0) -> Mapping[str, Any]:
        """One process: its first answer, then `count` requests more."""
        settings = {"SCIMGATE_CONFIG": str(self.config)} if self.config else {}
        command = [
            sys.executable,
            "-m",
            "tests.bench.start",
            str(self.folder),
            "GET",
            self.target,
            self.token,
            str(count),
        ]
        environment = {
            **os.environ,
            **ENVIRONMENT,
            **settings,
            "PYTHONDONTWRITEBYTECODE": "",
        }  # a package has .pyc files
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        told: Mapping[str, Any] = json.loads(done.stdout)
        if told["status"] != self.status:
            raise RuntimeError(f"{self.what} is answered {told['status']}: {told['error']} {done.stderr}")
        return told


def lines(folder: Path) -> Iterator[Line]:
    """The lines of cold starts, then that of a request."""
    with ExitStack() as running:
        empty, *apps = _apps(folder, running)
        firsts: dict[str, float] = {}
        for app in (empty, *apps):
            app.run()  # which compiles what is not compiled yet
        for number in range(ROUNDS):
            progress(f"cold starts, round {number + 1} of {ROUNDS}")
            for app in (empty, *apps):  # in turns, so that a slow moment of the machine hits all of them
                firsts[app.what] = min(firsts.get(app.what, 9e9), app.run()["first"])
        floor = firsts[empty.what]
        for app in apps:
            measured = firsts[app.what]
            yield Line(
                app.what, measured / floor, app.budget, "x", f"{measured * 1e3:.0f} ms of CPU, empty {floor * 1e3:.0f}"
            )
        known = next(app for app in apps if app.token and app.config)
        each = [min(app.run(REQUESTS)["each"] for _ in range(3)) for app in (empty, known)]
        yield Line(
            "a `userName eq` inside the worker library, above an empty function",
            (each[1] - each[0]) * 1e3, 0.35, "ms", f"empty {each[0] * 1e3:.2f} ms",
        )  # fmt: skip


def _apps(folder: Path, running: ExitStack) -> list[App]:
    (folder / "empty").mkdir()
    (folder / "empty" / "function_app.py").write_text(EMPTY)
    (folder / "empty" / "host.json").write_text((ROOT / "host.json").read_text())
    simulator = start(["simulators.replicon", "--port", "0", "--password", PASSWORD], folder / "log")
    running.callback(simulator.stop)
    small, large = folder / "small.toml", folder / "large.toml"
    small.write_text(CONFIG.format(store="memory:"))
    store = "tables:" + running.enter_context(azurite())
    large.write_text(CONFIG.format(store=store) + REPLICON.format(url=simulator.url))
    return [
        App("empty", folder / "empty", "/anything", 1),
        App("cold start to the first `/healthz`", ROOT, "/healthz", 1.3, config=small),
        App("cold start to the first 401", ROOT, "/directory/scim/v2/Users", 1.5, config=small, status=401),
        App(f"{ASKED}, memory map and `directory`", ROOT, f"/directory/{FILTER}", 2, OTHER, small),
        App(f"{ASKED}, Table Storage and `replicon`", ROOT, f"/replicon/{FILTER}", 3.5, TOKEN, large),
    ]  # fmt: skip
