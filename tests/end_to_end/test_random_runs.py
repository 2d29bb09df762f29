"""Months of a company in minutes: invented people, rounds of random edits, kills and faults, all from a seed.

After every cycle the backend holds what the source says: everybody in scope once, enabled, with the values of the day;
whoever left is disabled or was never there; nobody twice, and nobody that the source never knew.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulators.entra.edits import Standing
from simulators.entra.generated import Generated
from tests.end_to_end.processes import OTHER, ROOT, TOKEN, World, world

pytestmark = pytest.mark.slow
PEOPLE = 150
ROUNDS = 5
ATTEMPTS = 12
FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500},
    {"cut": True},
    {"cut": True, "after_write": True},
    {"status": 429},
    {"delay": 0.4},
]
OPERATIONS = ["ImportService2.svc/CreateUserOrApplyModifications", "ImportService1.svc/BulkGetUsers3"]


@dataclass(frozen=True)
class Account:
    """What a backend holds of one person."""

    enabled: bool
    given: str
    family: str
    mail: str
    number: str


def in_replicon(running: World) -> dict[str, Account]:
    found = {}
    for user in running.accounts():
        assert user["loginName"].casefold() not in found, "nobody is there twice"
        mail = user.get("emailAddress") or ""
        found[user["loginName"].casefold()] = Account(
            user["loginEnabled"], user["firstName"], user["lastName"], mail, user.get("employeeId") or ""
        )
    return found


def in_directory(running: World) -> dict[str, Account]:
    sql = "select login, enabled, given_name, family_name, emails, employee_number from users"
    with sqlite3.connect(running.folder / "directory.db") as file:
        rows = file.execute(sql).fetchall()
    found = {}
    for login, enabled, given, family, emails, number in rows:
        assert login.casefold() not in found, "nobody is there twice"
        mail = next((one["value"] for one in json.loads(emails or "[]") if one.get("type") == "work"), "")
        found[login.casefold()] = Account(bool(enabled), given or "", family or "", mail, number or "")
    return found


def compare(source: Generated, held: dict[str, Account], logins: dict[int, set[str]]) -> None:
    """Duplicates and orphans are counted: there are none. `logins` remembers what everybody was ever called."""
    for number in range(source.edits.total):
        standing = source.edits.standing(number)
        person = source.person(number, standing or Standing())
        login = person.user_principal_name.casefold()
        logins.setdefault(number, set()).add(login)
        theirs = [held[name] for name in logins[number] if name in held]
        assert len(theirs) <= 1, f"{number} is there twice"
        account = held.get(login)
        if standing is None or standing.deleted or standing.away:
            assert not any(one.enabled for one in theirs), f"{number} left"
            continue
        row = person.row
        wanted = Account(True, row["givenName"], row["surname"], row["mail"], row["employeeId"])
        assert account is not None and account.enabled, f"{number} is missing"
        if not row["mail"]:
            wanted = Account(True, wanted.given, wanted.family, account.mail, wanted.number)  # Entra does not clear it
        assert account == wanted
    assert held.keys() <= set().union(*logins.values()), "nobody that the source never knew"


def cycle(running: World, tenant: str, token: str, source: Generated, flag: bool) -> int:
    rounds = [option for seed in source.edit_seeds for option in ("--edit-seed", str(seed))]
    command = [sys.executable, "-m", "simulators.entra", tenant, "--token", token, "--users", str(source.size)]
    command += [
        "--seed",
        str(source.seed),
        *rounds,
        "--edit-share",
        str(source.share),
        "--state",
        str(running.folder / "entra"),
        "--workers",
        "4",
    ]
    command += ["--attributes", ATTRIBUTES, "--patience", "5", "--timeout", "20", *(["--flag"] if flag else [])]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).returncode


ATTRIBUTES = ",".join(
    [
        "externalId",
        "userName",
        "active",
        "displayName",
        'emails[type eq "work"].value',
        "name.familyName",
        "name.givenName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    ]
)


def trouble(running: World, chance: random.Random, stop: threading.Event, *, replicon: bool) -> None:
    """Kill the gateway and let the backend fail, now and then, until the cycle is over."""
    while not stop.wait(chance.uniform(0.3, 1.5)):
        if replicon and chance.random() < 0.6:
            fault = {"operation": chance.choice(OPERATIONS), "times": chance.randint(1, 3), **chance.choice(FAULTS)}
            running.control("POST", "inject", fault)
        else:
            running.gateway.kill()
            time.sleep(chance.uniform(0, 0.3))
            running.restart()


@pytest.mark.parametrize("flag", [False, True], ids=["default dialect", "aadOptscim062020"])
@pytest.mark.parametrize(("backend", "seed"), [("replicon", 1), ("replicon", 2), ("directory", 3)])
def test_after_every_cycle_the_backend_holds_what_the_source_says(
    tmp_path: Path, backend: str, seed: int, flag: bool
) -> None:
    chance = random.Random(seed)
    held: Callable[[World], dict[str, Account]] = in_replicon if backend == "replicon" else in_directory
    logins: dict[int, set[str]] = {}
    with world(tmp_path) as running:
        tenant = f"{running.gateway.url}/{backend}/scim/v2"
        token = TOKEN if backend == "replicon" else OTHER
        for round in range(ROUNDS):
            source = Generated(PEOPLE, seed, tuple(range(1, round + 1)), 0.2)
            for attempt in range(ATTEMPTS):
                stop = threading.Event()
                spoiler = threading.Thread(
                    target=trouble, args=(running, chance, stop), kwargs={"replicon": backend == "replicon"}
                )
                if attempt < 3:
                    spoiler.start()
                status = cycle(running, tenant, token, source, flag)
                stop.set()
                if attempt < 3:
                    spoiler.join()
                if status == 0:
                    break
            assert status == 0, (round, running.log_end())
            compare(source, held(running), logins)
        running.settle()
        assert running.drift(backend) == []
        assert cycle(running, tenant, token, source, flag) == 0
        running.control("DELETE", "requests")
        writes = len(held(running))
        assert cycle(running, tenant, token, source, flag) == 0
        assert running.writes() == [] and len(held(running)) == writes, "a cycle without changes writes nothing"
