"""The long tests: a life under every switch of the Replicon simulator, and kills at random moments, on two stores."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.replicon.switches import CHOICES, Switches
from tests.end_to_end.processes import PASSWORD, World, entra, world
from tests.end_to_end.test_entra_to_replicon import CORE, PEOPLE, PERSON, change, report

pytestmark = pytest.mark.slow
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEFAULTS = Switches().document()
NUMBERS = count(1)


@dataclass(frozen=True)
class Case:
    """Switches as they are before every request; what ends the trouble, if the gateway cannot."""

    switches: Mapping[str, Any]
    relief: Mapping[str, Any] = field(default_factory=dict)
    asks_again: bool = False
    """Discovery is affected, so the gateway is started anew."""

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.switches.items())


STYLES = [
    Case({"not_found_style": "null_details"}),
    Case({"not_found_style": "error400"}),
    Case({"duplicate_style": "http_400"}),
    Case({"root_url_style": "host"}, asks_again=True),
    Case({"omit_user_on_modify": True}),
    Case({"login_case_sensitive": True}),
    Case({"display_name_style": "given_family"}),
    Case({"display_name_style": "as_sent"}),
    Case({"empty_schedule": "clears"}),
    Case({"time_zone_style": "described"}),
    Case({"silently_ignore": ["emailAddress"]}),
    Case({"silently_ignore": ["loginEnabled"]}),
    Case({"silently_ignore": ["department", "supervisor"]}),
    Case({"latency_ms": 60}),
    Case(
        {
            "not_found_style": "error400",
            "duplicate_style": "http_400",
            "root_url_style": "host",
            "omit_user_on_modify": True,
            "display_name_style": "as_sent",
            "empty_schedule": "clears",
            "time_zone_style": "described",
            "timeout_after_write": 1,
        },
        asks_again=True,
    ),
]
TROUBLES = [
    Case({"timeout_after_write": 1, "timeout_after_write_seconds": 0.3}),
    Case({"timeout_after_write": 9}, relief={"timeout_after_write": 0}),
    Case({"latency_over_30s": 2, "cut_after_seconds": 0.05}),
    Case({"latency_ms": 100, "cut_after_seconds": 0.05}, relief={"latency_ms": 0}),
    Case({"rate_limit": 2}, relief={"rate_limit": 0}),
    Case({"rate_limit": 2, "rate_limit_retry_after": 30}, relief={"rate_limit": 0}),
]
CASES = STYLES + TROUBLES
APART = {"auth_failure_body", "licences", "unknown_in_delete_batch", "users_with_data"}
"""Switches with tests of their own below."""


@pytest.fixture(scope="module", params=["disable", "delete"])
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, policy: str) -> Iterator[World]:
    with world(tmp_path_factory.mktemp(policy), on_delete=policy) as running:
        boss = running.scim("POST", "/Users", {"schemas": [CORE], "userName": "boss@contoso.com", "displayName": "B"})
        running.extra["boss"] = boss.json()["id"]
        yield running


@contextmanager
def switched(running: World, case: Case) -> Iterator[None]:
    """The simulator with these switches, and as it was afterwards."""
    running.control("POST", "switches", case.switches)
    if case.asks_again:
        running.gateway.stop()
        running.restart()
    try:
        yield
    finally:
        running.control("POST", "switches", DEFAULTS)


def test_every_switch_and_every_choice_is_tried() -> None:
    tried = [pair for case in CASES for pair in case.switches.items()]
    assert {name for name, _ in tried} | APART == {one.name for one in fields(Switches)}
    for name in CHOICES.keys() - APART:
        assert {value for switch, value in tried if switch == name} == set(CHOICES[name]) - {DEFAULTS[name]}, name


@pytest.mark.parametrize("flag", [False, True], ids=["default dialect", "aadOptscim062020"])
@pytest.mark.parametrize("case", STYLES, ids=str)
def test_a_life_ends_right_under_every_switch(shared: World, case: Case, flag: bool) -> None:
    assert _lived(shared, case, flag).refused == 0


@pytest.mark.parametrize("case", TROUBLES, ids=str)
def test_a_life_ends_right_although_answers_are_lost(shared: World, policy: str, case: Case) -> None:
    """It takes its time: the gateway asks again before it gives up. So each policy has one of the dialects."""
    refused = _lived(shared, case, policy == "delete").refused
    assert bool(refused) == bool(case.relief), "the trouble was felt"


def _lived(running: World, case: Case, flag: bool) -> Life:
    life = Life(running, case, flag)
    with switched(running, case):
        life.begins()
        life.changes()
        life.moves()
        life.ends()
    return life


class Life:
    """What Entra does with one person, each request with the trouble renewed, and repeated when it had no answer."""

    def __init__(self, running: World, case: Case, flag: bool) -> None:
        self.running, self.case, self.flag = running, case, flag
        self.number = next(NUMBERS)
        self.login, self.new = f"jane+er.{self.number}@contoso.com", f"jane.{self.number}@contoso.com"
        self.other = f"other.{self.number}@contoso.com"
        self.ignored = set(case.switches.get("silently_ignore", ()))
        self.refused = 0

    def asked(self, send: Any) -> httpx.Response:
        """The answer in the end. In between it is 503, or 429 where the backend said that, with a time to wait."""
        self.running.control("POST", "switches", self.case.switches)
        answer: httpx.Response = send()
        for _ in range(3):
            if answer.status_code not in (429, 503) or not self.case.relief:
                break
            assert int(answer.headers["retry-after"]) > 0
            self.refused += 1
            self.running.control("POST", "switches", self.case.relief)
            answer = send()
        return answer

    def scim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.asked(lambda: self.running.scim(method, path, body))

    def change(self, id: str, values: dict[str, Any]) -> httpx.Response:
        return self.asked(lambda: change(self.running, id, self.flag, values))

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts of this life, by login."""
        mine = {self.login, self.new, self.other}
        return {user["loginName"]: user for user in self.running.accounts() if user["loginName"] in mine}

    def person(self, login: str) -> dict[str, Any]:
        extension = {
            "employeeNumber": str(self.number),
            "department": "Sales",
            "manager": {"value": self.running.extra["boss"]},
        }
        return {**PERSON, "userName": login, "timezone": "Asia/Tokyo", ENTERPRISE: extension}

    def begins(self) -> None:
        query = self.login.replace("+", "%2B").replace("@", "%40")
        assert self.scim("GET", f"/Users?filter=userName+eq+%22{query}%22").json()["totalResults"] == 0
        created = self.scim("POST", "/Users", self.person(self.login))
        assert created.status_code == 201, created.text
        self.user = created.json()
        self.id = str(self.user["id"])
        assert ("emails" in self.user) == ("emailAddress" not in self.ignored), "what was not kept is not claimed"
        assert ("department" in self.user[ENTERPRISE]) == ("department" not in self.ignored)
        assert self.user["timezone"] == "Asia/Tokyo"
        taken = self.scim("POST", "/Users", {"schemas": [CORE], "userName": self.login, "displayName": "Else"})
        assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
        assert self.scim("GET", f"/Users?filter=userName+eq+%22{query}%22").json()["Resources"] == [self.user]

    def changes(self) -> None:
        changed = self.change(self.id, {"name.familyName": "Doe", "active": False})
        assert (changed.status_code, changed.json()["active"]) == (200, False), changed.text
        assert changed.json()["name"]["familyName"] == "Doe"
        assert self.accounts()[self.login]["loginEnabled"] is False
        moved = self.change(self.id, {f"{ENTERPRISE}:department": "Engineering", "timezone": "Europe/Oslo"})
        assert (moved.status_code, moved.json()["timezone"]) == (200, "Europe/Oslo")
        assert self.change(self.id, {"active": True}).json()["active"] is True

    def moves(self) -> None:
        renamed = self.change(self.id, {"userName": self.new})
        assert (renamed.status_code, renamed.json()["userName"], renamed.json()["id"]) == (200, self.new, self.id)
        account = self.accounts()[self.new]
        assert (account["loginEnabled"], account["lastName"], account["timeZone"]) == (True, "Doe", "Europe/Oslo")
        if "department" not in self.ignored:
            assert (account["department"], bool(account["supervisor"])) == ("Engineering", True), (
                "a rename clears nothing"
            )
        other = self.scim("POST", "/Users", {"schemas": [CORE], "userName": self.other})
        refused = self.change(other.json()["id"], {"userName": self.new})
        assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")

    def ends(self) -> None:
        assert self.scim("DELETE", f"/Users/{self.id}").status_code in (204, 404), "404 to a repeat"
        assert self.scim("GET", f"/Users/{self.id}").status_code == 404
        again = self.scim("POST", "/Users", self.person(self.new))
        assert (again.status_code, again.json()["id"] != self.id) == (201, True), again.text
        assert again.json()["name"]["familyName"] == "Roe"
        found = {login: account["loginEnabled"] for login, account in self.accounts().items()}
        assert found == {self.new: True, self.other: True}


@pytest.mark.parametrize("style", ["html", "json"])
def test_a_backend_that_refuses_the_gateway_is_502_until_it_does_not(shared: World, style: str) -> None:
    life = Life(shared, Case({"auth_failure_body": style}), False)
    with switched(shared, life.case):
        life.begins()
        administrator = {"loginName": "scim.gateway", "set": {"password": "another"}}
        shared.control("POST", "edit", administrator)
        try:
            answers = [
                shared.scim("GET", f"/Users/{life.id}"),
                shared.scim("POST", "/Users", life.person(life.new)),
                change(shared, life.id, False, {"active": False}),
                shared.scim("DELETE", f"/Users/{life.id}"),
            ]
        finally:
            shared.control("POST", "edit", {**administrator, "set": {"password": PASSWORD}})
        assert [answer.status_code for answer in answers] == [502] * 4
        assert shared.scim("GET", f"/Users/{life.id}").json() == life.user
    assert life.accounts().keys() == {life.login}


def test_without_a_licence_nobody_is_made_or_enabled_and_a_free_one_is_used(shared: World, policy: str) -> None:
    enabled = sum(user["loginEnabled"] for user in shared.accounts())
    life = Life(shared, Case({"licences": enabled}), False)
    with switched(shared, life.case):
        refused = life.scim("POST", "/Users", life.person(life.login))
        assert (refused.status_code, "no licence left" in refused.json()["detail"]) == (400, True)
        assert life.accounts() == {}
        shared.control("POST", "switches", {"licences": enabled + 1})
        created = shared.scim("POST", "/Users", life.person(life.login))
        assert created.status_code == 201
        id = created.json()["id"]
        assert change(shared, id, False, {"active": False}).status_code == 200
        shared.control("POST", "switches", {"licences": enabled})
        assert change(shared, id, False, {"active": True}).status_code == 400
        assert life.accounts()[life.login]["loginEnabled"] is False


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


@pytest.mark.parametrize("style", ["refused", "accepted"])
def test_a_delete_of_who_went_a_moment_ago_leaves_nobody(shared: World, style: str) -> None:
    life = Life(shared, Case({}), False)
    life.begins()
    with switched(shared, Case({"unknown_in_delete_batch": style})):
        shared.control("POST", "remove", {"loginName": life.login})
        shared.control("POST", "inject", {"operation": "BulkGetUsers3", "stale": True})
        assert shared.scim("DELETE", f"/Users/{life.id}").status_code in (204, 404)
        assert shared.scim("GET", f"/Users/{life.id}").status_code == 404
    assert life.accounts() == {}
    again = shared.scim("POST", "/Users", life.person(life.login))
    assert again.status_code == 201


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
