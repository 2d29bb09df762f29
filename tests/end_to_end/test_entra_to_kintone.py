"""What Entra sends becomes Kintone accounts and groups: three processes, both sides' state, and every call counted."""

from __future__ import annotations

import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.azurite.server import free_port
from tests.end_to_end.processes import ROOT, Process, entra, start, wait_until
from tests.end_to_end.test_entra_to_replicon import CORE, PATCH_OP, PEOPLE, report

TOKEN = "the-token-of-the-kintone-connection"
PASSWORD = "s3cret-of-kintone"
ENVIRONMENT = {"KINTONE_TOKEN": TOKEN, "KINTONE_PASSWORD": PASSWORD}
CONFIG = """
[gateway]
store = "sqlite:{folder}/gateway.db"
public_url = "http://127.0.0.1:{port}"
read_deadline = {read}
write_deadline = {write}
lease = {lease}

[connections.kintone]
adapter = "kintone"
token = {{ env = "KINTONE_TOKEN" }}
on_delete = "{on_delete}"
failures_in_row = 1000
denials_in_row = 1000
[connections.kintone.settings]
base_url = "{url}"
login = "scim.gateway"
password = {{ env = "KINTONE_PASSWORD" }}
{more}
"""
SEVEN = "userName,active,displayName,emails,name.givenName,name.familyName,externalId"
OWN = ("Administrator", "scim.gateway")
LIST = 2
"""Calls for a list of fewer than 100 users, or groups, and its empty end."""


@dataclass
class World:
    """Both servers and everything that a test asks of them."""

    folder: Path
    kintone: Process
    gateway: Process
    client: httpx.Client

    @property
    def tenant(self) -> str:
        return f"{self.gateway.url}/kintone/scim/v2"

    def control(self, method: str, name: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"{self.kintone.url}/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The users of the simulator by login, without the two that it starts with."""
        return {user["code"]: user for user in self.control("GET", "state")["users"] if user["code"] not in OWN}

    def members(self) -> dict[str, set[str]]:
        """Who is in which group, by name and login."""
        state = self.control("GET", "state")
        groups = {group["code"]: group["name"] for group in state["groups"]}
        held: dict[str, set[str]] = {name: set() for name in groups.values()}
        for user in state["users"]:
            for code in user["groups"]:
                held[groups[code]].add(user["code"])
        return {name: logins for name, logins in held.items() if name not in ("Administrators", "Everyone")}

    def calls(self) -> dict[str, int]:
        counts: dict[str, int] = self.control("GET", "counts")
        self.control("DELETE", "requests")
        return counts

    def writes(self) -> list[str]:
        return sorted(r["operation"] for r in self.control("GET", "requests")["requests"] if r["write"])

    def scim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"content-type": "application/scim+json", "authorization": f"Bearer {TOKEN}"}
        content = json.dumps(body) if body is not None else None
        return self.client.request(method, f"{self.tenant}{path}", content=content, headers=headers)

    def change(self, id: str, flag: bool, values: dict[str, Any], endpoint: str = "/Users") -> httpx.Response:
        """A PATCH in one of Entra's dialects."""
        if flag:
            operations: list[dict[str, Any]] = [{"op": "replace", "value": values}]
        else:
            texts = {name: str(v) if isinstance(v, bool) else v for name, v in values.items()}
            operations = [{"op": "Replace", "path": name, "value": value} for name, value in texts.items()]
        suffix = "?aadOptscim062020" if flag else ""
        return self.scim("PATCH", f"{endpoint}/{id}{suffix}", {"schemas": [PATCH_OP], "Operations": operations})

    def cycle(self, people: Path, *options: str, exit: int = 0) -> dict[str, Any]:
        """A provisioning cycle of Entra's with the seven attributes."""
        state = self.folder / "state.json"
        told = report(entra(self.tenant, people, state, "--attributes", SEVEN, *options, token=TOKEN))
        assert told["exit"] == exit, told
        return told

    def settle(self) -> None:
        """Sweep what the kills left behind, as if ten minutes had passed."""
        with sqlite3.connect(self.folder / "gateway.db") as connection:
            connection.execute("update rows set written = written - 5000 where key like 'c.%'")
        command = [sys.executable, "-m", "gateway", "map", "sweep", "kintone", "--config", "gateway.toml"]
        environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=self.folder, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def restart(self) -> None:
        port = self.gateway.url.rsplit(":", 1)[1]
        self.gateway = _gateway(self.folder, port)


def _gateway(folder: Path, port: int | str) -> Process:
    arguments = ["gateway", "serve", "--config", str(folder / "gateway.toml"), "--port", str(port)]
    return start(arguments, folder / "gateway.log", ENVIRONMENT)


@contextmanager
def world(
    folder: Path, *, on_delete: str = "disable", seconds: tuple[float, float, float] = (4, 6, 12), more: str = ""
) -> Iterator[World]:
    """A gateway in front of a simulator; `seconds` are the deadlines of reads and writes and the lease of a claim,
    `more` are further settings."""
    kintone = start(["simulators.kintone", "--port", "0", "--password", PASSWORD], folder / "kintone.log")
    read, write, lease = seconds
    port = free_port()
    values = {"folder": folder, "port": port, "read": read, "write": write, "lease": lease, "more": more}
    (folder / "gateway.toml").write_text(CONFIG.format(**values, on_delete=on_delete, url=kintone.url))
    made = World(folder, kintone, _gateway(folder, port), httpx.Client(trust_env=False, timeout=30))
    try:
        yield made
    finally:
        made.client.close()
        for process in (made.gateway, kintone):
            if process.process.poll() is None:
                process.stop()


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("dialect", ["default", pytest.param("aadOptscim062020", marks=pytest.mark.slow)])
def test_cycles_follow_people_and_groups_and_an_unchanged_one_costs_no_write(tmp_path: Path, dialect: str) -> None:
    people, groups = tmp_path / "people.csv", tmp_path / "groups.csv"
    rows = list(csv.DictReader(PEOPLE.read_text().splitlines()))
    chosen = [row for row in rows if row["role"] != "Default Access" and row["deleted"] != "true"][:14]
    login = [row["userPrincipalName"] for row in chosen]
    for row in chosen:
        row["manager"] = ""
    _write(people, chosen)
    teams = [
        {"objectId": "g1", "displayName": "Sales", "members": ";".join(login[:6])},
        {"objectId": "g2", "displayName": "Tokyo", "members": ";".join(login[4:9])},
    ]
    _write(groups, teams)
    options = ("--dialect", dialect, "--groups", str(groups))
    with world(tmp_path) as running:
        running.cycle(people, *options)
        assert running.accounts().keys() == set(login)
        assert all(account["services"] == ["kintone"] for account in running.accounts().values())
        assert running.members() == {"Sales": set(login[:6]), "Tokyo": set(login[4:9])}

        running.calls()
        running.cycle(people, *options)
        assert running.calls() == {"GET users": 1, "GET groups": LIST}, "only Test Connection"
        running.cycle(people, *options, "--full")
        running.cycle(people, *options, "--restart")
        assert running.writes() == []

        chosen[0]["surname"] = "Changed"
        chosen[1]["userPrincipalName"] = login[1] = "renamed@marisol.example.com"
        chosen[2]["accountEnabled"] = "false"
        _write(people, [row for row in chosen if row is not chosen[3]])
        teams[0]["displayName"] = "Sale"
        teams[0]["members"] = ";".join([login[0], login[1], login[9]])
        teams[1]["members"] = ";".join([login[4], login[5]])
        _write(groups, teams)
        running.calls()
        running.cycle(people, *options)
        accounts = running.accounts()
        assert accounts.keys() == set(login)
        assert accounts[login[0]]["surName"] == "Changed"
        assert {name for name, account in accounts.items() if not account["valid"]} == {login[2], login[3]}
        left = {name: members - {login[3]} for name, members in running.members().items()}
        assert left == {"Sale": {login[0], login[1], login[9]}, "Tokyo": {login[4], login[5]}}
        assert set(running.writes()) == {"PUT users", "PUT users/codes", "PUT groups", "PUT user/groups"}
        assert running.writes().count("PUT users") == 3

        chosen[2]["accountEnabled"] = "true"
        _write(people, chosen)
        _write(groups, teams[:1])
        running.cycle(people, *options)
        assert all(account["valid"] for account in running.accounts().values())
        assert running.members().keys() == {"Sale"}


PERSON = {
    "schemas": [CORE],
    "externalId": "5f7c",
    "userName": "jane+er@contoso.com",
    "active": True,
    "displayName": "Jane Roe",
    "emails": [{"primary": True, "type": "work", "value": "jane@contoso.com"}],
    "name": {"familyName": "Roe", "givenName": "Jane"},
}
MATCH = "/Users?filter=userName+eq+%22jane%2Ber%40contoso.com%22"


@pytest.mark.slow
def test_a_cycle_under_a_tight_limit_comes_to_its_end(tmp_path: Path) -> None:
    """Kintone answers 429 most of the time; what Entra could not do it does in its next cycles."""
    people = tmp_path / "people.csv"
    rows = list(csv.DictReader(PEOPLE.read_text().splitlines()))
    chosen = [row for row in rows if row["role"] != "Default Access" and row["deleted"] != "true"][:6]
    _write(people, chosen)
    with world(tmp_path) as running:
        body = {"operation": "*", "status": 429, "headers": {"Retry-After": "1"}, "times": 1}
        for _ in range(12):
            running.control("POST", "inject", body)
        running.cycle(people, "--patience", "60")
        assert len(running.accounts()) == 6
        running.control("DELETE", "requests")
        running.cycle(people, "--full")
        assert running.writes() == []


def test_no_secret_and_no_personal_data_reaches_the_log(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        id = running.scim("POST", "/Users", PERSON).json()["id"]
        running.change(id, False, {"name.familyName": "x" * 65})
        running.control("POST", "switches", {"two_factor": True})
        running.scim("GET", MATCH)
        requests = json.dumps(running.control("GET", "requests"))
    log = (tmp_path / "gateway.log").read_text()
    assert "POST kintone /Users 201" in log
    assert "CB_VA01" in log
    assert "CB_TW02" in log
    for secret in (TOKEN, PASSWORD, "jane", "Jane", "Roe", "contoso"):
        assert secret not in log, secret
    for secret in (TOKEN, PASSWORD):
        assert secret not in requests, secret


# -- the long tests ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_kills_in_the_initial_cycle_leave_one_account_for_each_with_its_services(tmp_path: Path) -> None:
    with world(tmp_path, seconds=(2, 3, 6)) as running:
        running.control("POST", "switches", {"latency_ms": 8})
        for wanted in (8, 21, 34):
            command = ("--workers", "4", "--timeout", "20", "--patience", "1", "--attributes", SEVEN)
            cycle = entra(running.tenant, PEOPLE, tmp_path / "state.json", *command, token=TOKEN)
            wait_until(lambda wanted=wanted: len(running.accounts()) >= wanted)
            running.gateway.kill()
            assert report(cycle)["exit"] != 0, "the kill was felt"
            running.restart()
        running.control("POST", "switches", {"latency_ms": 0})
        running.cycle(PEOPLE, "--patience", "40")
        running.settle()
        accounts = running.accounts()
        assert len(accounts) == 50
        assert all(account["services"] == ["kintone"] for account in accounts.values())
        running.control("DELETE", "requests")
        running.cycle(PEOPLE)
        assert running.writes() == []


BAD: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 503, "after_effect": True},
    {"cut": True},
    {"cut": True, "after_effect": True},
    {"truncate": True},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 200, "body": "<html>maintenance</html>"},
    {"stale": True},
]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "policy"), [(0, "disable"), (1, "delete")])
def test_cycles_through_bad_days_end_in_the_right_state(tmp_path: Path, seed: int, policy: str) -> None:
    """People and groups change while Kintone fails at random; one quiet cycle later it holds what the source says.

    Who is renamed has an account: of whom Entra does not know the account yet, it creates another one. And it takes
    nobody out of a group of whom it was not told that they came in.
    """
    chance = random.Random(seed)
    people, groups = tmp_path / "people.csv", tmp_path / "groups.csv"
    everybody = [row for row in csv.DictReader(PEOPLE.read_text().splitlines()) if row["role"] != "Default Access"]
    everybody = [{**row, "manager": ""} for row in everybody if row["deleted"] != "true"]
    rows, hires, ever = everybody[:8], everybody[8:18], {"Sales": set[str](), "Tokyo": set[str]()}
    with world(tmp_path, on_delete=policy, seconds=(3, 5, 8)) as running:
        _write(people, rows)
        running.cycle(people)
        for number in range(5):
            renamed = chance.choice(rows[:8])
            renamed["userPrincipalName"] = f"renamed{number}@marisol.example.com"
            rows += hires[2 * number : 2 * number + 2]
            for row in chance.sample(rows, 5):
                row["surname"] = f"Name{number}{row['givenName'][:1]}"
                row["accountEnabled"] = chance.choice(["true", "true", "false"])
            login = [row["userPrincipalName"] for row in rows]
            teams = {name: set(chance.sample(login, 5)) for name in ("Sales", "Tokyo")}
            person = {row["userPrincipalName"]: row["objectId"] for row in rows}
            ever = {name: ever[name] | {person[one] for one in members} for name, members in teams.items()}
            _write(people, rows)
            _write(groups, [{"objectId": n, "displayName": n, "members": ";".join(m)} for n, m in teams.items()])
            for _ in range(chance.randrange(6, 15)):
                operation = chance.choice(
                    ["*", "*", "PUT users", "POST users", "PUT users/services", "PUT user/groups"]
                )
                running.control("POST", "inject", {"operation": operation, **chance.choice(BAD)})
            options = ("--attributes", SEVEN, "--groups", str(groups), "--patience", "2")
            report(entra(running.tenant, people, tmp_path / "state.json", *options, token=TOKEN))
        running.control("DELETE", "inject")
        for row in rows:  # of who is disabled Entra sends nothing else
            row["accountEnabled"] = "true"
        _write(people, rows)
        _quiet(running, people, groups)
        accounts = running.accounts()
        assert accounts.keys() == set(login)
        for row in rows:
            account = accounts[row["userPrincipalName"]]
            assert (account["surName"], account["valid"]) == (row["surname"], True)
            assert account["services"] == ["kintone"]
        for name, members in running.members().items():
            assert teams[name] <= members
            assert {person[one] for one in members} <= ever[name]
        running.control("DELETE", "requests")
        running.cycle(people, "--groups", str(groups), "--full")
        assert running.writes() == []


def _quiet(running: World, people: Path, groups: Path) -> None:
    """Two cycles with nothing in their way: what was put off for its repeat is done in the second. And the sweep."""
    for _ in range(2):
        state = running.folder / "state.json"
        options = ("--attributes", SEVEN, "--groups", str(groups), "--full", "--patience", "30")
        told = report(entra(running.tenant, people, state, *options, token=TOKEN))
    assert told["exit"] == 0, told
    running.settle()


@pytest.mark.slow
def test_two_gateways_that_change_the_same_persons_groups_at_once_undo_nothing(tmp_path: Path) -> None:
    with world(tmp_path, seconds=(20, 30, 60)) as running, ThreadPoolExecutor(12) as clients:
        running.control("POST", "switches", {"latency_ms": 10})
        second = _gateway(tmp_path, free_port())
        try:
            id = running.scim("POST", "/Users", PERSON).json()["id"]
            teams = [running.scim("POST", "/Groups", {"displayName": f"Team {n}"}).json()["id"] for n in range(12)]
            tenants = [running.tenant, f"{second.url}/kintone/scim/v2"]

            def change(n: int, op: str) -> int:
                operation = {"op": op, "path": "members", "value": [{"value": id}]}
                body = {"schemas": [PATCH_OP], "Operations": [operation]}
                headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/scim+json"}
                url = f"{tenants[n % 2]}/Groups/{teams[n]}"
                return running.client.patch(url, content=json.dumps(body), headers=headers, timeout=60).status_code

            assert set(clients.map(change, range(12), ["add"] * 12)) <= {200, 204}
            assert all(running.members()[f"Team {n}"] for n in range(12))
            assert set(clients.map(change, range(12), ["remove", "remove", "add"] * 4)) <= {200, 204}
            assert [bool(running.members()[f"Team {n}"]) for n in range(12)] == [False, False, True] * 4
        finally:
            second.stop()


PEOPLE_OF_A_LARGE_COMPANY = 2000


@pytest.mark.slow
def test_a_cycle_over_thousands_ends_and_a_second_one_writes_nothing(tmp_path: Path) -> None:
    """Without the search for case variants, as the page advises."""
    with world(tmp_path, seconds=(20, 30, 60), more="find_case_variants = false") as running:
        tenant, state = running.tenant, tmp_path / "state.json"
        command = [sys.executable, "-m", "simulators.entra", tenant, "--token", TOKEN, "--state", str(state), "--json"]
        command += ["--users", str(PEOPLE_OF_A_LARGE_COMPANY), "--workers", "4", "--attributes", SEVEN]

        def cycle(*more: str) -> dict[str, int]:
            done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=1000)
            assert done.returncode == 0, done.stdout[-2000:]
            return running.calls()

        first = cycle()
        assert first["POST users"] == first["PUT users/services"] == PEOPLE_OF_A_LARGE_COMPANY
        assert first["GET users"] <= 3 * PEOPLE_OF_A_LARGE_COMPANY + 1, "match, look, read back; and Test Connection"
        assert cycle() == {"GET users": 1}
        assert cycle("--full").keys() == {"GET users"}
        accounts = running.accounts()
        assert len(accounts) == PEOPLE_OF_A_LARGE_COMPANY
