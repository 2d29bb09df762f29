"""Months of a company in minutes: invented people, rounds of random edits, kills and faults, all from a seed.

After every cycle the backend holds what the source says: everybody in scope once, enabled, with the values of the day;
whoever left is disabled or was never there; nobody twice, and nobody that the source never knew. Groups have the
members of the day. Who is whose manager is settled by a full cycle at the end: Entra does not look again at a manager
who was not there in time.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from simulators.entra.edits import Standing
from simulators.entra.generated import Generated
from simulators.entra.generated_groups import GeneratedGroups
from tests.end_to_end.processes import OTHER, ROOT, TOKEN, World, world

pytestmark = pytest.mark.slow
PEOPLE, GROUPS, SHARE = 100, 6, 0.25
ROUNDS = 3
TROUBLED, ATTEMPTS = 2, 10
"""Cycles of a round that are disturbed, and cycles until it must have succeeded."""
FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500},
    {"status": 500, "after_effect": True},
    {"cut": True},
    {"cut": True, "after_effect": True},
    {"truncate": True},
    {"status": 429},
    {"delay": 0.4},
]
OPERATIONS = ["CreateUserOrApplyModifications", "BulkGetUsers3", "DisableLogin", "EnableLogin", "*"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ATTRIBUTES = [
    *("externalId", "userName", "active", "displayName", 'emails[type eq "work"].value'),
    *("name.familyName", "name.givenName", f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:department"),
]


@dataclass(frozen=True)
class Account:
    """What a backend holds of one person; `manager` is a login."""

    enabled: bool
    given: str
    family: str
    mail: str
    number: str
    department: str
    manager: str = ""


def in_replicon(running: World) -> dict[str, Account]:
    users = running.accounts()
    logins = {user["uri"]: user["loginName"].casefold() for user in users}
    assert len(set(logins.values())) == len(users), "nobody is there twice"
    return {
        logins[user["uri"]]: Account(
            user["loginEnabled"],
            user["firstName"],
            user["lastName"],
            user["emailAddress"] or "",
            user["employeeId"] or "",
            user["department"] or "",
            logins.get(user["supervisor"] or "", ""),
        )
        for user in users
    }


def in_directory(running: World) -> dict[str, Account]:
    sql = """select u.login_folded, u.enabled, u.given_name, u.family_name, u.emails, u.employee_number, u.department,
             m.login_folded from users u left join users m on m.id = u.manager"""
    found = {}
    for login, enabled, given, family, emails, *more in rows(running, sql):
        mail = next((one["value"] for one in json.loads(emails or "[]") if one.get("type") == "work"), "")
        found[login] = Account(bool(enabled), given or "", family or "", mail, *(text or "" for text in more))
    return found


def rows(running: World, sql: str) -> list[Any]:
    connection = sqlite3.connect(running.folder / "directory.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@dataclass
class Company:
    """The source, and what everybody was ever called."""

    source: Generated
    logins: dict[int, set[str]]

    def in_scope(self) -> dict[str, dict[str, str]]:
        """The rows of those who are there, by login. Remembers the names of all."""
        found = {}
        for number in range(self.source.edits.total):
            standing = self.source.edits.standing(number)
            person = self.source.person(number, standing or Standing())
            login = person.user_principal_name.casefold()
            self.logins.setdefault(number, set()).add(login)
            if standing and not standing.deleted and not standing.away:
                found[login] = dict(person.row)
        return found

    def compare(self, held: dict[str, Account]) -> None:
        """Duplicates and orphans are counted: there are none."""
        wanted = self.in_scope()
        for number, names in self.logins.items():
            assert len(names & held.keys()) <= 1, f"{number} is there twice"
        assert held.keys() <= set().union(*self.logins.values()), "nobody that the source never knew"
        assert {login for login, account in held.items() if account.enabled} == wanted.keys()
        for login, row in wanted.items():
            account = replace(held[login], manager="")
            shown = Account(True, row["givenName"], row["surname"], row["mail"], row["employeeId"], row["department"])
            # Entra does not clear what became empty.
            assert account == replace(shown, mail=shown.mail or account.mail), login

    def compare_managers(self, held: dict[str, Account]) -> None:
        wanted = self.in_scope()
        managers = {login: row["manager"].casefold() for login, row in wanted.items()}
        named = {login: manager for login, manager in managers.items() if manager in wanted}
        assert len(named) > PEOPLE / 3
        assert {login: held[login].manager for login in named} == named

    def compare_groups(self, running: World) -> None:
        """Members who are out of scope are left as they are, as Entra leaves them."""
        people = self.in_scope().keys()
        sql = """select g.name, u.login_folded, n.name from groups g left join members m on m.id = g.id
                 left join users u on u.id = m.member left join groups n on n.id = -m.member"""
        held = {(group, user) for group, user, _ in rows(running, sql) if user in people}
        nested = {(group, inner) for group, _, inner in rows(running, sql) if inner}
        source = list(GeneratedGroups(GROUPS, self.source))
        names = [group.display_name for group in source]
        assert sorted(name for (name,) in rows(running, "select name from groups")) == sorted(names)
        wanted = {(group.display_name, member) for group in source for member in group.members}
        assert held == {(group, member.casefold()) for group, member in wanted if member.casefold() in people}
        assert nested == {(group, member) for group, member in wanted if member in names}


def cycle(running: World, backend: str, source: Generated, flag: bool, *more: str) -> tuple[int, str]:
    """One run of the Entra simulator: its exit status and what it said."""
    tenant, token = f"{running.gateway.url}/{backend}/scim/v2", TOKEN if backend == "replicon" else OTHER
    command = [sys.executable, "-m", "simulators.entra", tenant, "--token", token, "--map-manager", "--workers", "4"]
    command += ["--users", str(source.size), "--seed", str(source.seed), "--edit-share", str(source.share)]
    command += [option for seed in source.edit_seeds for option in ("--edit-seed", str(seed))]
    command += ["--groups", str(GROUPS), "--members-per-patch", "7"] if backend == "directory" else []
    command += ["--state", str(running.folder / "entra"), "--attributes", ",".join(ATTRIBUTES)]
    command += ["--patience", "3", "--timeout", "20", *(["--flag"] if flag else []), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


class Trouble(threading.Thread):
    """Kills the gateway and lets the backend fail every few requests, until it is told to stop."""

    def __init__(self, running: World, chance: random.Random, done: Counter[str], *, replicon: bool) -> None:
        super().__init__()
        self._running, self._chance, self._done, self._replicon = running, chance, done, replicon
        self._over = threading.Event()

    def __enter__(self) -> Trouble:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while self._after(self._chance.randint(3, 18)):
            if self._replicon and self._chance.random() < 0.75:
                self._fault()
            else:
                self._kill()

    def _after(self, requests: int) -> bool:
        """Wait for so many more requests; false when the cycle ended before."""
        seen = self._requests()
        while self._requests() < seen + requests:
            if self._over.wait(0.01):
                return False
        return True

    def _requests(self) -> int:
        """The gateway's log has a line for each."""
        return self._running.gateway.log.read_bytes().count(b"\n")

    def _fault(self) -> None:
        chance = self._chance
        fault = {"operation": chance.choice(OPERATIONS), "times": chance.randint(1, 3), **chance.choice(FAULTS)}
        self._running.control("POST", "inject", fault)
        self._done["fault"] += 1

    def _kill(self) -> None:
        self._running.gateway.kill()
        self._done["kill"] += 1
        time.sleep(self._chance.uniform(0, 0.2))
        self._running.restart()


def writes(running: World, backend: str) -> object:
    """What tells that something was written."""
    if backend == "replicon":
        return running.control("GET", "state"), running.writes()
    return rows(running, "select sum(version), count(*) from users union select sum(version), count(*) from groups")


@pytest.mark.parametrize("flag", [False, True], ids=["default dialect", "aadOptscim062020"])
@pytest.mark.parametrize(("backend", "seed"), [("replicon", 1), ("replicon", 2), ("directory", 3), ("directory", 4)])
def test_after_every_cycle_the_backend_holds_what_the_source_says(
    tmp_path: Path, backend: str, seed: int, flag: bool
) -> None:
    with world(tmp_path) as running:
        _months(running, backend, seed, flag)


def _months(running: World, backend: str, seed: int, flag: bool) -> None:
    chance, done = random.Random(seed), Counter[str]()
    held = in_replicon if backend == "replicon" else in_directory
    company = Company(Generated(PEOPLE, seed), {})
    for round in range(ROUNDS):
        company.source = Generated(PEOPLE, seed, tuple(range(1, round + 1)), SHARE)
        for attempt in range(ATTEMPTS):
            if attempt < TROUBLED:
                with Trouble(running, chance, done, replicon=backend == "replicon"):
                    cycle(running, backend, company.source, flag)
            elif (outcome := cycle(running, backend, company.source, flag))[0] == 0:
                break
        assert outcome[0] == 0, (round, outcome[1], running.log_end())
        company.compare(held(running))
        if backend == "directory":
            company.compare_groups(running)
    assert done["kill"] > 2 and (backend == "directory" or done["fault"] > 5), done
    running.settle()
    assert running.drift(backend) == []
    assert cycle(running, backend, company.source, flag, "--full")[0] == 0
    company.compare(held(running))
    company.compare_managers(held(running))
    before = writes(running, backend)
    assert cycle(running, backend, company.source, flag)[0] == 0
    assert writes(running, backend) == before, "a cycle without changes writes nothing"
