"""One walk answered by several processes, of both hosts, that know nothing of each other; one of them is killed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.azurite.server import free_port
from tests.end_to_end.processes import ENVIRONMENT, OTHER, ROOT, Process, start

pytestmark = pytest.mark.slow
CONFIG = """
[gateway]
store = "sqlite:{folder}/gateway.db"
public_url = "https://scim.example.com"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
native_paging = "{paging}"
"""
PEOPLE, COUNT = 40, 7
QUERIES = ["", "&sortBy=displayName", "&filter=active+eq+true"]


class Fleet:
    """Gateways over one store and one directory, asked in turn."""

    def __init__(self, folder: Path, paging: str) -> None:
        self._config, self._log = folder / "gateway.toml", folder / "log"
        self._config.write_text(CONFIG.format(folder=folder, paging=paging))
        environment = {**ENVIRONMENT, "SCIMGATE_CONFIG": str(self._config)}
        function = start(["tests.hosts.serve_functions", str(ROOT), str(free_port())], self._log, environment)
        self.processes = [self.served(), function, self.served()]
        self._turns = itertools.count()
        self._client = httpx.Client(trust_env=False, timeout=60, headers={"authorization": f"Bearer {OTHER}"})

    def served(self) -> Process:
        return start(["gateway", "serve", "--config", str(self._config), "--port", "0"], self._log)

    def send(self, method: str, path: str, body: Any = None, process: Process | None = None) -> httpx.Response:
        there = process or self.processes[next(self._turns) % len(self.processes)]
        return self._client.request(method, f"{there.url}/directory/scim/v2{path}", json=body)

    def walk(self, query: str) -> Iterator[list[str]]:
        """The names on each page; the cursor of each goes to another process."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.send("GET", f"/Users?cursor={cursor}&count={COUNT}{query}")
            assert answer.status_code == 200, answer.text
            cursor = answer.json().get("nextCursor")
            yield [one["userName"] for one in answer.json()["Resources"]]

    def stop(self) -> None:
        self._client.close()
        for process in self.processes:
            process.stop()


@pytest.mark.parametrize("paging", ["offset", "cursor"])
def test_any_process_goes_on_where_another_one_began(tmp_path: Path, paging: str) -> None:
    fleet = Fleet(tmp_path, paging)
    try:
        for n in range(PEOPLE):
            body = {"userName": f"p{n:03}", "displayName": f"Person {n:03}"}
            assert fleet.send("POST", "/Users", body).status_code == 201
        everybody = [f"p{n:03}" for n in range(PEOPLE)]
        for query in QUERIES:
            pages = list(fleet.walk(query))
            assert [name for page in pages for name in page] == everybody
            assert [len(page) for page in pages] == [COUNT] * (PEOPLE // COUNT) + [PEOPLE % COUNT]
        walk = fleet.walk(QUERIES[0])
        found = [*next(walk), *next(walk)]
        fleet.processes[0].kill()
        fleet.processes[0] = fleet.served()
        gone = fleet.send("GET", "/Users?filter=userName+eq+%22p003%22").json()["Resources"][0]["id"]
        assert fleet.send("DELETE", f"/Users/{gone}").status_code == 204
        assert fleet.send("POST", "/Users", {"userName": "p999"}).status_code == 201
        found += [name for page in walk for name in page]
        assert found == [*everybody, "p999"], "after a kill, a removal before the place and a newcomer at the end"
    finally:
        fleet.stop()
