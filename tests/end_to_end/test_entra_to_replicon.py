"""What Entra sends becomes Replicon accounts: three processes, both sides' state, and every call counted."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import time
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
    assert text.count("\n  - ") == 3, text
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
            ["clients", "ok"],
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


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["disable", "delete"])
def test_without_a_licence_nobody_is_made_or_enabled_and_a_free_one_is_used(tmp_path: Path, policy: str) -> None:
    with world(tmp_path, on_delete=policy) as running:
        boss = running.scim("POST", "/Users", {"schemas": [CORE], "userName": "boss@contoso.com", "displayName": "B"})
        assert boss.status_code == 201
        running.control("POST", "switches", {"licences": 1})
        refused = running.scim("POST", "/Users", PERSON)
        assert (refused.status_code, "no licence left" in refused.json()["detail"]) == (400, True)
        assert len(running.accounts()) == 1
        running.control("POST", "switches", {"licences": 2})
        created = running.scim("POST", "/Users", PERSON)
        assert created.status_code == 201
        id = created.json()["id"]
        assert change(running, id, False, {"active": False}).status_code == 200
        running.control("POST", "switches", {"licences": 1})
        assert change(running, id, False, {"active": True}).status_code == 400
        assert [account["loginEnabled"] for account in running.accounts()] == [True, False]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["disable", "delete"])
def test_who_has_data_is_kept_and_only_a_disabling_delete_succeeds(tmp_path: Path, policy: str) -> None:
    """Replicon works through a deletion in its own time, so there has to be some until it is known to have failed."""
    with world(tmp_path, on_delete=policy, seconds=(2, 40, 80)) as running:
        id = running.scim("POST", "/Users", PERSON).json()["id"]
        [account] = running.accounts()
        running.control("POST", "switches", {"users_with_data": [account["uri"]]})
        deleted = running.scim("DELETE", f"/Users/{id}")
        after = running.scim("GET", f"/Users/{id}").status_code
        expected = (204, 404, False) if policy == "disable" else (400, 200, True)
        assert (deleted.status_code, after, running.accounts()[0]["loginEnabled"]) == expected, deleted.text


@pytest.mark.slow
def test_calls_that_are_cut_make_nobody_twice_and_nobody_gone(tmp_path: Path) -> None:
    """What takes Replicon more than 30 seconds, here less, has its effect and is answered 500. The gateway calls again;
    what is cut three times is the client's to repeat."""
    joe = {"schemas": [CORE], "userName": "joe@contoso.com", "displayName": "Joe"}
    with world(tmp_path) as running:

        def cut(calls: int) -> None:
            running.control("POST", "switches", {"latency_over_30s": calls, "cut_after_seconds": 0.1})

        def refused(answer: httpx.Response) -> bool:
            return answer.status_code == 503 and int(answer.headers["retry-after"]) > 0

        cut(2)
        assert running.scim("GET", MATCH).json()["totalResults"] == 0
        made = running.scim("POST", "/Users", PERSON)
        assert made.status_code == 201, made.text
        person = f"/Users/{made.json()['id']}"
        cut(99)
        assert refused(running.scim("GET", person)) and refused(running.scim("GET", MATCH)), "cut is not gone"
        assert refused(change(running, made.json()["id"], False, {"name.familyName": "Moe"}))
        cut(0)
        assert running.scim("GET", person).json() == made.json()
        running.control("POST", "inject", {"operation": CREATE, "after_effect": True, "times": 3})
        assert refused(running.scim("POST", "/Users", joe))
        assert running.scim("POST", "/Users", joe).status_code == 201
        assert running.scim("POST", "/Users", PERSON).json()["id"] == made.json()["id"], "the same again"
        assert sorted(a["loginName"] for a in running.accounts()) == ["jane+er@contoso.com", "joe@contoso.com"]


@pytest.mark.slow
@pytest.mark.parametrize("style", ["refused", "accepted"])
def test_a_delete_of_who_went_a_moment_ago_leaves_nobody(tmp_path: Path, style: str) -> None:
    with world(tmp_path, on_delete="delete") as running:
        id = running.scim("POST", "/Users", PERSON).json()["id"]
        running.control("POST", "switches", {"unknown_in_delete_batch": style})
        running.control("POST", "remove", {"loginName": PERSON["userName"]})
        running.control("POST", "inject", {"operation": READ, "stale": True})
        assert running.scim("DELETE", f"/Users/{id}").status_code in (204, 404)
        assert running.scim("GET", f"/Users/{id}").status_code == 404
        assert running.accounts() == []
        assert running.scim("POST", "/Users", PERSON).status_code == 201


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("store", ["sqlite", "tables"])
def test_kills_at_random_moments_leave_50_accounts_and_no_second_id(
    tmp_path: Path, request: pytest.FixtureRequest, store: str, seed: int
) -> None:
    where = f"tables:{request.getfixturevalue('tables')}" if store == "tables" else None
    chance = random.Random(seed)
    with world(tmp_path, store=where, connection=f"replicon{seed}" if where else "replicon") as running:
        running.control("POST", "switches", {"latency_ms": 8})
        state = tmp_path / "state.json"
        for _ in range(5):
            cycle = entra(running.tenant, PEOPLE, state, "--workers", "8", "--timeout", "20", "--patience", "1")
            time.sleep(chance.uniform(0.3, 1.6))
            running.gateway.kill()
            report(cycle)
            running.restart()
        assert report(entra(running.tenant, PEOPLE, state, "--patience", "40"))["exit"] == 0
        logins = [account["loginName"] for account in running.accounts()]
        assert len(logins) == len(set(logins)) == 50
        listed = running.scim("GET", "/Users?count=200").json()["Resources"]
        found = [running.scim("GET", f"/Users/{user['id']}").status_code for user in listed]
        assert len({user["id"] for user in listed}) == 51
        assert found == [200] * 51
        running.control("DELETE", "requests")
        assert report(entra(running.tenant, PEOPLE, state))["exit"] == 0
        assert running.writes() == []
