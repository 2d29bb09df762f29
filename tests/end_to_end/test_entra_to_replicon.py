"""What Entra sends becomes Replicon accounts: three processes, both sides' state, and every call counted."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.processes import ENVIRONMENT, OTHER, PASSWORD, ROOT, TOKEN, World, entra, start, wait_until, world

PEOPLE = ROOT / "simulators" / "entra" / "people.csv"
CREATE, READ, ENABLE, DISABLE = "CreateUserOrApplyModifications", "BulkGetUsers3", "EnableLogin", "DisableLogin"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FLAG = "?aadOptscim062020"


HOSTS = ["uvicorn", "worker library"]


@pytest.fixture(params=[(host, policy) for host in HOSTS for policy in ("disable", "delete")], ids=", ".join)
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    host, policy = request.param
    with world(tmp_path, on_delete=policy, functions=host == "worker library") as made:
        made.extra["on_delete"] = policy
        yield made


def report(cycle: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = cycle.communicate(timeout=120)
    assert output, errors
    told: dict[str, Any] = json.loads(output)
    told["exit"] = cycle.returncode
    return told


def change(world: World, id: str, flag: bool, values: dict[str, Any]) -> Any:
    """A PATCH in one of Entra's dialects."""
    if flag:
        operations: list[dict[str, Any]] = [{"op": "replace", "value": values}]
    else:
        texts = {name: str(v) if isinstance(v, bool) else v for name, v in values.items()}
        operations = [{"op": "Replace", "path": name, "value": value} for name, value in texts.items()]
    body = {"schemas": [PATCH_OP], "Operations": operations}
    return world.scim("PATCH", f"/Users/{id}{FLAG if flag else ''}", body)


PERSON = {
    "schemas": [CORE, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    "externalId": "5f7c",
    "userName": "jane+er@contoso.com",
    "active": True,
    "displayName": "Jane Roe",
    "emails": [{"primary": True, "type": "work", "value": "jane@contoso.com"}],
    "meta": {"resourceType": "User"},
    "name": {"familyName": "Roe", "givenName": "Jane"},
    "roles": [],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "17"},
}
MATCH = "/Users?filter=userName+eq+%22jane%2Ber%40contoso.com%22"


@pytest.mark.parametrize("flag", [False, True], ids=["default dialect", "aadOptscim062020"])
def test_entras_own_order_of_calls_costs_exactly_what_is_documented(running: World, flag: bool) -> None:
    suffix = FLAG.replace("?", "&") if flag else ""
    test = running.scim("GET", f"/Users?filter=userName+eq+%22c3f0-guid%22{suffix}")
    assert (test.status_code, test.json()["totalResults"], test.json()["Resources"]) == (200, 0, [])
    assert running.calls() == {READ: 1}
    assert running.scim("GET", MATCH + suffix).json()["totalResults"] == 0
    running.calls()

    created = running.scim("POST", f"/Users{FLAG if flag else ''}", PERSON)
    assert created.status_code == 201
    assert running.calls() == {READ: 2, CREATE: 1}, "look, create, read back"
    user = created.json()
    assert created.headers["location"] == user["meta"]["location"] == f"{running.tenant}/Users/{user['id']}"
    for name in PERSON.keys() - {"roles", "meta", "schemas"}:
        assert user[name] == PERSON[name], "values come back as they were sent"
    [account] = running.accounts()
    assert (account["loginName"], account["employeeId"], account["loginEnabled"]) == ("jane+er@contoso.com", "17", True)
    assert running.scim("GET", MATCH).json()["Resources"] == [user]
    assert running.scim("GET", f"/Users/{user['id']}").json() == user
    assert running.calls() == {READ: 2}

    same = change(running, user["id"], flag, {"displayName": "Jane Roe", "active": True})
    assert (same.status_code, same.json()) == (200, user)
    assert running.calls() == {READ: 1}, "no difference, no write"

    changed = change(
        running, user["id"], flag, {"name.familyName": "Doe", 'emails[type eq "work"].value': "j@contoso.com"}
    )
    assert changed.status_code == 200
    assert running.calls() == {READ: 2, CREATE: 1}
    assert running.accounts()[0]["lastName"] == "Doe"

    disabled = change(running, user["id"], flag, {"active": False})
    assert (disabled.status_code, disabled.json()["active"]) == (200, False)
    assert running.calls() == {READ: 2, DISABLE: 1}
    assert running.scim("GET", MATCH).json()["totalResults"] == 1, "a disabled user stays matchable"
    running.calls()
    enabled = change(running, user["id"], flag, {"active": True, "displayName": "Jane Q. Doe"})
    assert enabled.json()["active"] is True
    assert running.calls() == {READ: 3, CREATE: 1, ENABLE: 1}, (
        "who is enabled is read again while nobody else may change it"
    )

    renamed = change(running, user["id"], flag, {"userName": "jane.doe@contoso.com"})
    assert (renamed.status_code, renamed.json()["id"]) == (200, user["id"])
    assert running.calls() == {READ: 2, CREATE: 1}

    _deleted_and_created_again(running, user["id"])


def _deleted_and_created_again(running: World, id: str) -> None:
    assert running.scim("DELETE", f"/Users/{id}").status_code == 204
    hard = {"CreateUserDeleteBatch": 1, "ExecuteUserDeleteBatch": 1, READ: 2}
    assert running.calls() == (hard if running.extra["on_delete"] == "delete" else {READ: 2, DISABLE: 1})
    assert running.scim("GET", f"/Users/{id}").status_code == 404
    assert running.scim("DELETE", f"/Users/{id}").status_code == 404
    assert running.calls() == {}
    again = running.scim("POST", "/Users", {**PERSON, "userName": "jane.doe@contoso.com"})
    assert again.status_code == 201
    assert again.json()["id"] != id
    assert again.json()["displayName"] == "Jane Roe"
    [account] = running.accounts()
    assert account["loginEnabled"] is True
    assert running.scim("GET", f"/Users/{id}").status_code == 404
    assert running.scim("GET", "/Users").json()["totalResults"] == 2, "and the gateway's own account"


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["default", "aadOptscim062020"])
def test_cycles_follow_the_source_and_an_unchanged_person_costs_no_write(tmp_path: Path, dialect: str) -> None:
    people, state = tmp_path / "people.csv", tmp_path / "state.json"
    people.write_text(PEOPLE.read_text())
    options = ["--dialect", dialect, "--attributes", "userName,active,name.givenName,name.familyName,externalId"]

    def cycle(running: World, *more: str) -> dict[str, Any]:
        told = report(entra(running.tenant, people, state, *options, *more))
        assert told["exit"] == 0, told
        return told

    with world(tmp_path) as running:
        cycle(running)
        accounts = running.accounts()
        assert len(accounts) == len(running.mappings()) == 50
        assert "dev+ana.souza@marisol.example.com" in {a["loginName"] for a in accounts}
        assert not {a["loginName"].split("@")[0] for a in accounts} & {"auditor.guest", "kiosk.seattle"}
        running.calls()
        cycle(running)
        assert running.calls() == {READ: 1}, "only Test Connection"
        cycle(running, "--full")
        assert running.writes() == []
        cycle(running, "--restart")
        assert running.writes() == []
        assert len(running.accounts()) == 50

        rows = list(csv.DictReader(people.read_text().splitlines()))
        chosen = [row for row in rows if row["role"] != "Default Access"]
        chosen[0]["surname"] = "Changed"
        chosen[1]["userPrincipalName"] = "renamed@marisol.example.com"
        chosen[2]["accountEnabled"] = "false"
        gone = chosen[3]
        _write(people, [row for row in rows if row is not gone])
        running.calls()
        cycle(running)
        by_login = {a["loginName"]: a for a in running.accounts()}
        assert len(by_login) == 50
        assert by_login[chosen[0]["userPrincipalName"]]["lastName"] == "Changed"
        assert "renamed@marisol.example.com" in by_login
        off = {login for login, account in by_login.items() if not account["loginEnabled"]}
        assert off == {chosen[2]["userPrincipalName"], gone["userPrincipalName"]}
        assert sorted(running.writes()) == [CREATE, CREATE, DISABLE, DISABLE]

        chosen[2]["accountEnabled"] = "true"
        _write(people, rows)
        cycle(running)
        assert all(account["loginEnabled"] for account in running.accounts())
        assert len(running.mappings()) == 50


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
def test_a_gateway_that_is_killed_in_the_initial_cycle_leaves_50_accounts_and_50_mappings(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        running.control("POST", "switches", {"latency_ms": 15})
        state = tmp_path / "state.json"
        for wanted in (8, 21, 34):
            cycle = entra(running.tenant, PEOPLE, state, "--workers", "4", "--timeout", "20", "--patience", "1")
            wait_until(lambda wanted=wanted: len(running.accounts()) >= wanted)
            running.gateway.kill()
            assert report(cycle)["exit"] != 0, "the kill was felt"
            running.restart()
        running.control("POST", "switches", {"latency_ms": 0})
        again = report(entra(running.tenant, PEOPLE, state, "--patience", "30"))
        assert again["exit"] == 0, again
        logins = [account["loginName"] for account in running.accounts()]
        assert len(logins) == len(set(logins)) == 50
        mappings = [row.get("native") or row["first"] for row in running.mappings()]
        assert len(mappings) == len(set(mappings)) == 50
        listed = running.scim("GET", "/Users?count=100").json()
        assert listed["totalResults"] == 51
        assert len({user["id"] for user in listed["Resources"]}) == 51
        running.control("DELETE", "requests")
        report(entra(running.tenant, PEOPLE, state))
        assert running.writes() == []


def test_an_answer_that_is_lost_after_the_write_makes_no_second_account(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        running.control("POST", "switches", {"timeout_after_write": 3})
        first = running.scim("POST", "/Users", PERSON)
        assert first.status_code == 503
        assert int(first.headers["retry-after"]) > 0
        assert len(running.accounts()) == 1, "the write took effect"
        second = running.scim("POST", "/Users", PERSON)
        assert second.status_code == 201
        third = running.scim("POST", "/Users", PERSON)
        assert (third.status_code, third.json()["id"]) == (201, second.json()["id"]), "the same again is answered alike"
        other = running.scim("POST", "/Users", {**PERSON, "displayName": "Somebody else"})
        assert (other.status_code, other.json()["scimType"]) == (409, "uniqueness")
        assert len(running.accounts()) == 1
        assert len(running.mappings()) == 1


def test_wrong_backend_credentials_fail_visibly_and_never_as_401(tmp_path: Path) -> None:
    with world(tmp_path, password="wrong-password") as running:
        for answer in (running.scim("GET", MATCH), running.scim("POST", "/Users", PERSON)):
            assert answer.status_code == 502
            assert "the gateway's own credentials" in answer.json()["detail"]
            assert "wrong-password" not in answer.text
        told = report(entra(running.tenant, PEOPLE, tmp_path / "state.json", "--test-connection"))
        assert told["exit"] == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("why", "fault", "status"),
    [
        ("HTML for an hour", {"status": 500, "times": 50}, 503),
        ("a 404 that is not Replicon's", {"status": 404, "body": "<html>not here</html>", "times": 50}, 503),
        ("half a JSON", {"truncate": True, "after_effect": True, "times": 50}, 503),
        ("cut off", {"cut": True, "times": 50}, 503),
        ("slow", {"delay": 9, "times": 50}, 503),
        ("slow down", {"status": 429, "headers": {"Retry-After": "70"}, "times": 50}, 503),
        ("refused", {"operation": "BulkGetUsers3", "status": 401, "times": 50}, 502),
    ],
)
def test_a_backend_that_is_down_or_talks_rubbish_is_never_404_or_400(
    tmp_path: Path, why: str, fault: dict[str, Any], status: int
) -> None:
    with world(tmp_path) as running:
        created = running.scim("POST", "/Users", PERSON).json()
        running.control("POST", "inject", {"operation": "*", **fault})
        match = running.scim("GET", MATCH)
        assert match.status_code == status
        if why == "slow":
            return  # one such answer takes as long as the client's deadline
        wanted = 429 if why == "slow down" else status
        answers = [
            running.scim("GET", f"/Users/{created['id']}"),
            change(running, created["id"], False, {"displayName": "x"}),
            running.scim("POST", "/Users", {**PERSON, "userName": "b@x"}),
            running.scim("DELETE", f"/Users/{created['id']}"),
        ]
        assert [answer.status_code for answer in answers] == [wanted] * 4
        assert all(("retry-after" in answer.headers) == (status == 503) for answer in [match, *answers])
        running.control("POST", "reset")
    assert "Traceback" not in running.gateway.log.read_text()


def test_no_secret_and_no_personal_data_reaches_the_log(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        created = running.scim("POST", "/Users", {**PERSON, "password": "hunter2hunter2"}).json()
        running.scim("GET", MATCH)
        change(running, created["id"], False, {"displayName": "Jane X"})
        running.scim("GET", "/Users", token="a-wrong-token-of-jane")
        running.control("POST", "inject", {"operation": "*", "status": 500, "times": 9})
        running.scim("GET", f"/Users/{created['id']}")
        answers = running.scim("GET", "/Users?filter=shoe+eq+%22jane%40contoso.com%22").text
        requests = json.dumps(running.control("GET", "requests"))
    log = running.gateway.log.read_text()
    assert "POST replicon /Users 201" in log
    for secret in (TOKEN, OTHER, PASSWORD, "hunter2hunter2", "a-wrong-token", "jane", "Jane", "Roe", "contoso"):
        assert secret not in log, secret
    for secret in (TOKEN, PASSWORD, "hunter2hunter2", "Basic "):
        assert secret not in requests
        assert secret not in answers


def test_one_token_opens_one_connection_and_every_refusal_is_the_same(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        base = running.gateway.url
        refused = [
            running.scim("GET", "/Users", token=""),
            running.scim("GET", "/Users", token="wrong"),
            running.scim("GET", "/Users", token=OTHER),
            running.scim("GET", "/Users", token=TOKEN, base=f"{base}/directory/scim/v2"),
            running.scim("GET", "/Users", token=TOKEN, base=f"{base}/unknown/scim/v2"),
            running.scim("POST", "/Users", {"userName": "x"}, token="wrong"),
        ]
        assert {(a.status_code, a.text, a.headers["www-authenticate"]) for a in refused} == {
            (401, refused[0].text, 'Bearer realm="scim"')
        }
        assert refused[0].json()["status"] == "401"
        assert running.scim("GET", "/Users", token=OTHER, base=f"{base}/directory/scim/v2").status_code == 200
        assert running.calls() == {}


def test_the_commands_answer_a_users_mistake_with_a_sentence(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "gateway", *arguments]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert "Traceback" not in ended.stderr
        return ended.returncode, ended.stdout + ended.stderr

    status, text = run("serve", "--config", str(tmp_path / "none.toml"))
    assert (status, "cannot be read" in text) == (2, True)
    (tmp_path / "bad.toml").write_text('[gateway]\nstore = "redis:"\n[connections.a]\nadapter = "nothing"\n')
    status, text = run("serve", "--config", str(tmp_path / "bad.toml"))
    assert status == 2
    assert text.count("\n  - ") == 4, text
    status, text = run("check", "acme", "--config", str(tmp_path / "bad.toml"))
    assert status == 2
    status, text = run("--help")
    assert (status, "serve" in text, "check" in text) == (0, True, True)
    status, text = run("nonsense")
    assert status == 2


def test_check_says_step_by_step_what_is_wrong(tmp_path: Path) -> None:
    def check(password: str) -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "gateway", "check", "replicon", "--config", str(tmp_path / "gateway.toml")],
            cwd=ROOT, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT, "REPLICON_PASSWORD": password},
        )  # fmt: skip
        assert "Traceback" not in ended.stderr
        assert password not in ended.stdout + ended.stderr
        return ended.returncode, ended.stdout

    with world(tmp_path) as running:
        status, text = check(PASSWORD)
        assert status == 0
        assert [line.split()[:2] for line in text.splitlines()] == [
            ["settings", "ok"],
            ["store", "ok"],
            ["backend", "ok"],
        ]
        status, text = check("another-password")
        assert (status, "backend   refused" in text) == (1, True)
        running.replicon.stop()
        status, text = check(PASSWORD)
        assert (status, "backend   failed" in text) == (1, True)


def test_the_gateway_answers_health_without_a_token_and_a_taken_port_with_a_sentence(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        assert running.scim("GET", "/healthz", base=running.gateway.url, token="").text == "ok"
        assert running.scim("GET", "/readyz", base=running.gateway.url, token="").text == "ready"
        port = running.gateway.url.rsplit(":", 1)[1]
        with pytest.raises(AssertionError, match="cannot listen"):
            start(["gateway", "serve", "--config", str(running.config), "--port", port], tmp_path / "second.log")


@pytest.mark.slow
@pytest.mark.parametrize("connection", ["replicon", "directory"])
def test_forty_clients_at_once_make_one_account_and_lose_no_change(tmp_path: Path, connection: str) -> None:
    with world(tmp_path, seconds=(20, 30, 45)) as running, ThreadPoolExecutor(40) as clients:
        base, token = f"{running.gateway.url}/{connection}/scim/v2", TOKEN if connection == "replicon" else OTHER

        def together(method: str, path: str, bodies: list[Any]) -> list[httpx.Response]:
            def send(body: Any) -> httpx.Response:
                return running.scim(method, path, body, token=token, base=base)

            return list(clients.map(send, bodies))

        def statuses(answers: list[httpx.Response]) -> set[int]:
            return {answer.status_code for answer in answers}

        made = together("POST", "/Users", [{"userName": "same@x"}] * 40)
        assert statuses(made) == {201}
        [id] = {answer.json()["id"] for answer in made}
        names = [("name.givenName", f"g{n}") if n % 2 else ("name.familyName", f"f{n}") for n in range(20)]
        bodies = [{"Operations": [{"op": "Replace", "path": path, "value": value}]} for path, value in names]
        assert statuses(together("PATCH", f"/Users/{id}", bodies)) == {200}
        name = running.scim("GET", f"/Users/{id}", token=token, base=base).json()["name"]
        assert (name["givenName"][0], name["familyName"][0]) == ("g", "f"), "no change undoes another one's"
        gone = together("DELETE", f"/Users/{id}", [None] * 10)
        assert statuses(gone) == {204, 404}
        again = together("POST", "/Users", [{"userName": "SAME@x"}] * 40)
        assert statuses(again) == {201}
        assert len({answer.json()["id"] for answer in again} | {id}) == 2
        found = running.scim("GET", "/Users?filter=userName+eq+%22same%40x%22", token=token, base=base).json()
        assert found["totalResults"] == 1
