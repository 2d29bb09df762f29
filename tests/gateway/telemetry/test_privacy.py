"""A busy day of a gateway, hostile clients and a failing backend included: nobody and no secret is in its log."""

from __future__ import annotations

import base64
import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.entra.people import SAMPLE
from tests.end_to_end.processes import OTHER, PASSWORD, ROOT, TOKEN, World, world

ADDRESS, NAME = "marisol.vega@marisol.example.com", "Marisol"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DEEP = json.dumps(NAME) + "}" * 5


def secrets() -> set[str]:
    """What opens something, in each form in which it travels."""
    pair = base64.b64encode(f"acme\\scim.gateway:{PASSWORD}".encode()).decode()
    return {TOKEN, OTHER, PASSWORD, pair, "hunter2hunter2", "wrong-token-of", "Basic ", "Bearer "}


def people() -> set[str]:
    """What belongs to somebody in the file that is provisioned: names, addresses, numbers of telephones."""
    with Path(SAMPLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("userPrincipalName", "displayName", "mail", "surname", "mobile", "telephoneNumber", "streetAddress")
    return {row[column] for row in rows for column in columns if len(row[column]) > 3} | {NAME, NAME.lower(), "example"}


def hostile(id: str) -> Iterator[tuple[str, str, Any, dict[str, str]]]:
    """Requests that try to be repeated in the log: method, path, body, headers."""
    users, none = "/replicon/scim/v2/Users", dict[str, str]()
    yield "GET", f"{users}?filter=userName+eq+%22{ADDRESS}%22", None, none
    yield "GET", f"{users}?filter={ADDRESS}", None, none
    yield "GET", f"{users}?attributes={ADDRESS}&sortBy={ADDRESS}&startIndex={ADDRESS}&cursor={ADDRESS}", None, none
    for path in (
        f"{users}/{ADDRESS}",
        f"{users}/{ADDRESS}/x",
        f"/{ADDRESS}/scim/v2/Users",
        f"/{ADDRESS}",
        "/%0A" + NAME,
    ):
        yield "GET", path, None, none
    yield "GET", f"/replicon/scim/v2/{NAME}", None, none
    yield NAME.upper(), users, None, none
    for name in ("client-request-id", "x-request-id", "traceparent", "x-correlation-id", "if-match", "user-agent"):
        yield "GET", f"{users}/{id}", None, {name: ADDRESS}
    for token in ("Bearer wrong-token-of-" + NAME, "Basic " + base64.b64encode(ADDRESS.encode()).decode(), NAME):
        yield "GET", users, None, {"authorization": token}
    for body in (NAME, [NAME], {"schemas": [NAME]}, {"userName": [ADDRESS]}, f'{{"userName": "{ADDRESS}"', DEEP):
        yield "POST", users, body, none
    more = {NAME: NAME, f"urn:{NAME}:x": {NAME: 1}, "nickName": NAME, "password": "hunter2hunter2", "title": {NAME: 1}}
    yield "POST", users, {"schemas": [USER], "userName": ADDRESS, **more}, none
    yield "PUT", f"{users}/{id}", {"schemas": [USER], "userName": ADDRESS, **more}, none
    for path in (
        f'emails[value eq "{ADDRESS}"].value',
        NAME,
        f"urn:{NAME}:{NAME}",
        f"emails[{NAME}",
        "userName",
        "nickName",
    ):
        operation = {"op": "replace", "path": path, "value": ADDRESS}
        yield "PATCH", f"{users}/{id}", {"schemas": [PATCH], "Operations": [operation, {"op": NAME}]}, none
        yield "PATCH", f"{users}/{id}", {"schemas": [PATCH], "Operations": [operation]}, none
    yield "POST", f"{users}/.search", {"filter": f'userName eq "{ADDRESS}"'}, none
    bulk = {"method": "POST", "bulkId": ADDRESS, "path": f"/{NAME}", "data": {"userName": ADDRESS}}
    yield "POST", "/replicon/scim/v2/Bulk", {"Operations": [bulk]}, none
    yield (
        "POST",
        "/oauth/replicon/token",
        f"grant_type=client_credentials&client_id={ADDRESS}&client_secret=hunter2hunter2",
        none,
    )
    yield "DELETE", f"{users}/{ADDRESS}", None, none


def send(running: World, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    content = body if isinstance(body, str) else json.dumps(body) if body is not None else None
    sent = {"authorization": f"Bearer {TOKEN}", **headers}
    return running.client.request(method, f"{running.gateway.url}{path}", content=content, headers=sent)


def provision(running: World, token: str, tenant: str) -> None:
    arguments = [tenant, "--token", token, str(SAMPLE), "--state", str(running.folder / f"{len(tenant)}.db")]
    done = subprocess.run(
        [sys.executable, "-m", "simulators.entra", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("functions", [False, True], ids=["serve", "function"])
def test_nobody_and_no_secret_is_in_the_log_of_a_busy_day(tmp_path: Path, functions: bool) -> None:
    with world(tmp_path, functions=functions) as running:
        provision(running, TOKEN, running.tenant)
        provision(running, OTHER, f"{running.gateway.url}/directory/scim/v2")
        found = running.scim("GET", f'/Users?filter=userName eq "{ADDRESS}"').json()["Resources"]
        asked = list(hostile(found[0]["id"]))
        answers = [send(running, *one) for one in asked]
        assert max(answer.status_code for answer in answers) < 502
        for status in (500, 401, 429):
            running.control("POST", "inject", {"operation": "*", "status": status, "times": 12})
            answers += [send(running, *one) for one in asked[:4]]
            running.control("POST", "reset")
        running.gateway.kill()
        log = running.gateway.log.read_text()
    assert log.count("/Users") > 200 and "PATCH" in log
    ours = [one for one in answers if one.content or one.status_code != 404]  # Azure itself has no route for the others
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8,64}", one.headers["x-correlation-id"]) for one in ours)
    assert len(answers) - len(ours) <= (5 if functions else 0)
    told = [word for word in sorted(secrets() | people()) if word in log]
    assert told == [], [line for line in log.splitlines() if any(word in line for word in told)][:5]


def test_the_words_that_are_looked_for_would_be_found() -> None:
    """A log with one line for each of them has all of them."""
    assert len(people()) > 150 and ADDRESS in people() and len(secrets()) == 8
