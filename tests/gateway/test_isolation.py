"""A backend's bad day over HTTP: it is left alone, and the other connections of the gateway notice nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.processes import OTHER, TOKEN, Process, start

CONFIG = """
[gateway]
store = "memory:"
[connections.ill]
adapter = "tests.gateway.outage:Outage"
token = {{ env = "REPLICON_TOKEN" }}
calls_at_once = 4
failures_in_row = 5
denials_in_row = 2
[connections.ill.settings]
folder = "{folder}"
[connections.well]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.well.settings]
path = ":memory:"
"""


class Gateway:
    """A gateway with one connection whose backend is ill, and one whose backend is well."""

    def __init__(self, folder: Path, process: Process) -> None:
        self.folder, self.process = folder, process
        self.client = httpx.AsyncClient(base_url=process.url, trust_env=False, timeout=120)

    async def ask(self, name: str, **headers: str) -> httpx.Response:
        token = TOKEN if name == "ill" else OTHER
        headers["authorization"] = f"Bearer {token}"
        return await self.client.get(f"/{name}/scim/v2/Users", headers=headers)

    def backend(self, mode: str) -> None:
        (self.folder / "mode").write_text(mode)

    def calls(self) -> int:
        file = self.folder / "calls"
        return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(folder=tmp_path))
    arguments = ["gateway", "serve", "--config", str(config), "--port", "0", "--json"]
    one = Gateway(tmp_path, start(arguments, tmp_path / "log"))
    yield one
    await one.client.aclose()
    one.process.kill()


async def test_a_backend_that_hangs_takes_so_many_places_and_delays_nobody_else(gateway: Gateway) -> None:
    gateway.backend("hangs")
    waiting = [asyncio.create_task(gateway.ask("ill")) for _ in range(30)]
    while gateway.calls() < 4:
        await asyncio.sleep(0.01)
    answers = [await gateway.ask("well") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [one for one in waiting if one.done()], "All of them are still waiting for their backend."
    assert gateway.calls() == 4
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize(
    ("mode", "status", "most"), [("down", 503, 5), pytest.param("refuses", 502, 2, marks=pytest.mark.slow)]
)
async def test_a_backend_that_fails_is_left_alone_and_asked_again(
    gateway: Gateway, mode: str, status: int, most: int
) -> None:
    gateway.backend(mode)
    answers = [await gateway.ask("ill") for _ in range(40)]
    assert {answer.status_code for answer in answers} == {status}
    assert most <= gateway.calls() < 40, "The answers come at once, so a pause of a second holds for most of them."
    assert "it is asked again in" in answers[-1].json()["detail"]
    assert (await gateway.ask("well")).status_code == 200
    gateway.backend("")
    deadline = time.monotonic() + 60
    while (answer := await gateway.ask("ill")).status_code != 200 and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    assert answer.status_code == 200
    told = [json.loads(line) for line in gateway.process.log.read_text().splitlines()]
    said = [line["message"] for line in told if "message" in line and line.get("connection") == "ill"]
    assert said[0].startswith("The backend fails (") and said[-1] == "The backend answers again."
    assert len(said) == 1 + len([one for one in said if "left alone" in one]), said


async def test_an_answer_has_the_correlation_id_of_its_line(gateway: Gateway) -> None:
    given = (await gateway.ask("well", **{"client-request-id": "the-clients-own-id"})).headers
    drawn = (await gateway.ask("well", **{"client-request-id": "ada@example.com"})).headers
    assert given["x-correlation-id"] == "the-clients-own-id"
    lines: list[Any] = []
    deadline = time.monotonic() + 30
    while len(lines) < 2 and time.monotonic() < deadline:
        lines = [json.loads(line) for line in gateway.process.log.read_text().splitlines()]
    assert [line["correlation"] for line in lines] == [given["x-correlation-id"], drawn["x-correlation-id"]]
    assert "ada@" not in gateway.process.log.read_text()


def test_a_body_that_is_too_large_has_one_too(tmp_path: Path) -> None:
    """It is refused before the gateway itself sees it."""
    from gateway.asgi import Asgi
    from scim.document import MAX_BYTES

    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x" * (MAX_BYTES + 1)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": []}
    asyncio.run(Asgi(None)(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 413 and b"x-correlation-id" in dict(sent[0]["headers"])
