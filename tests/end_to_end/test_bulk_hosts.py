"""Bulk over a socket: under uvicorn, and as a Function in Microsoft's own worker library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.azurite.server import free_port
from tests.end_to_end.processes import ENVIRONMENT, OTHER, ROOT, Process, start

PUBLIC = "https://scim.example.com"
CONFIG = f"""
[gateway]
store = "memory:"
public_url = "{PUBLIC}"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
bulk_max_operations = 20
[connections.directory.settings]
path = ":memory:"
"""
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TITLED = {"op": "add", "path": "title", "value": "T"}
pytestmark = pytest.mark.slow


def served(host: str, folder: Path) -> Process:
    config = folder / "gateway.toml"
    config.write_text(CONFIG)
    if host == "asgi":
        return start(["gateway", "serve", "--config", str(config), "--port", "0"], folder / "log")
    environment = {**ENVIRONMENT, "SCIMGATE_CONFIG": str(config)}
    return start(["tests.hosts.serve_functions", str(ROOT), str(free_port())], folder / "log", environment)


@pytest.fixture(scope="module", params=["asgi", "worker library"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    process = served(request.param, tmp_path_factory.mktemp("host"))
    headers = {"authorization": f"Bearer {OTHER}", "content-type": "application/scim+json"}
    base = f"{process.url}/directory/scim/v2"
    with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=60) as made:
        yield made
    process.stop()


def bulk(client: httpx.Client, *operations: Any, **more: Any) -> httpx.Response:
    return client.post("/Bulk", content=json.dumps({"Operations": list(operations), **more}))


def post(endpoint: str, bulk_id: str, **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data}


def test_a_team_comes_with_its_people_and_their_managers(client: httpx.Client) -> None:
    members = [{"value": f"bulkId:u{n}"} for n in range(3)]
    managers = [{ENTERPRISE: {"manager": {"value": f"bulkId:u{(n + 1) % 3}"}}} for n in range(3)]
    answer = bulk(
        client,
        post("/Groups", "team", displayName="team", members=members),
        *(post("/Users", f"u{n}", userName=f"u{n}", **managers[n]) for n in range(3)),
        {"method": "PATCH", "path": "/Users/bulkId:u0", "data": {"Operations": [TITLED]}},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/scim+json"
    told = answer.json()["Operations"]
    assert [one["status"] for one in told] == ["201"] * 4 + ["200"]
    assert all(one["location"].startswith(f"{PUBLIC}/directory/scim/v2/") for one in told)
    ids = [one["location"].rsplit("/", 1)[1] for one in told]
    team = client.get(f"/Groups/{ids[0]}").json()
    assert {one["value"] for one in team["members"]} == set(ids[1:4])
    people = [client.get(f"/Users/{id}").json() for id in ids[1:4]]
    assert [one[ENTERPRISE]["manager"]["value"] for one in people] == [ids[2], ids[3], ids[1]]
    again = bulk(client, *(post("/Users", f"u{n}", userName=f"u{n}") for n in range(3)), failOnErrors=2)
    assert [one["status"] for one in again.json()["Operations"]] == ["409", "409"]


@pytest.mark.parametrize(
    ("why", "body", "limit"),
    [
        ("too many operations", {"Operations": [{}] * 21}, "maxOperations (20)"),
        ("too large", {"Operations": [], "x": "y" * 1_100_000}, "1048576"),
    ],
)
def test_what_is_too_much_is_413_and_names_the_limit(client: httpx.Client, why: str, body: Any, limit: str) -> None:
    answer = client.post("/Bulk", content=json.dumps(body))
    assert answer.status_code == 413, why
    assert (answer.json()["status"], limit in answer.json()["detail"]) == ("413", True), answer.text


def test_the_limits_are_told(client: httpx.Client) -> None:
    told = client.get("/ServiceProviderConfig").json()["bulk"]
    assert told == {"supported": True, "maxOperations": 20, "maxPayloadSize": 1_048_576}


def test_a_bulk_of_a_stranger_is_not_read(client: httpx.Client) -> None:
    answer = client.post("/Bulk", content="{", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
