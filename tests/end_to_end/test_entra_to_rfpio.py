"""What Entra sends becomes RFPIO users: separate processes, both sides' state, and every call counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from simulators.entra import AttributeMapping, Options, Person, Report, run
from simulators.entra.expressions import ACTIVE
from tests.end_to_end.processes import Process, start
from tests.simulators.entra_people import person

pytestmark = pytest.mark.slow
TOKEN, SECRET = "the-token-of-the-connection", "s-3cret-of-the-backend"
CONFIG = """
[gateway]
store = "sqlite:{folder}/gateway.db"
read_deadline = 3
write_deadline = 4
lease = 8
[connections.{vendor}]
adapter = "{vendor}"
token = {{ env = "GATEWAY_TOKEN" }}
match = {match}
[connections.{vendor}.settings]
{settings}
"""
WORK = 'emails[type eq "work"].value'
MAPPING = AttributeMapping({
    "userName": "userPrincipalName", WORK: "userPrincipalName", "externalId": "objectId", "active": ACTIVE,
    "name.givenName": "givenName", "name.familyName": "surname", "title": "jobTitle",
})  # fmt: skip


@dataclass
class World:
    """A vendor's simulator, and the gateway in front of it."""

    folder: Path
    vendor: str
    mapping: AttributeMapping
    backend: Process
    gateway: Process
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """A call of the simulator's control interface."""
        root = "/".join(self.backend.url.split("/")[:3])
        answer = self.client.request(method, f"{root}/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Who stands at the vendor's, by login."""
        users = self.control("GET", "state")["users"]
        found = {user["userName"]: user for user in users}
        assert len(found) == len(users), "nobody is there twice"
        return found

    def calls(self) -> dict[str, int]:
        """Calls of the vendor since the last time, by method and address."""
        counts: dict[str, int] = self.control("GET", "counts")
        self.control("DELETE", "requests")
        return counts

    def cycle(self, *people: Person, **more: Any) -> Report:
        """A provisioning cycle; its calls are counted from zero."""
        self.calls()
        settings = {"mapping": self.mapping, "patience": 2, "state": self.folder / "state", **more}
        return run(Options(f"{self.gateway.url}/{self.vendor}/scim/v2", TOKEN, people=people, **settings))

    def logs(self) -> str:
        """What both processes wrote."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@contextmanager
def world(
    folder: Path, vendor: str, settings: str, mapping: AttributeMapping, *switches: str, match: str = "[]"
) -> Iterator[World]:
    """Both processes; `settings` has the address of the simulator to fill in."""
    options = [part for switch in switches for part in ("--switch", switch)]
    backend = start([f"simulators.{vendor}", "--port", "0", "--token", SECRET, *options], folder / "simulator.log")
    config = folder / "gateway.toml"
    given = settings.format(url=backend.url)
    config.write_text(CONFIG.format(folder=folder, vendor=vendor, match=match, settings=given))
    environment = {"GATEWAY_TOKEN": TOKEN, "BACKEND_TOKEN": SECRET}
    command = ["gateway", "serve", "--config", str(config), "--port", "0"]
    made = World(folder, vendor, mapping, backend, start(command, folder / "gateway.log", environment))
    try:
        yield made
        assert SECRET not in made.logs() and TOKEN not in made.logs(), "secrets are in no log"
    finally:
        made.client.close()
        made.gateway.stop()
        backend.stop()


def staff(number: int, **cells: str) -> Person:
    """One of the people of these tests."""
    login = f"p{number}@contoso.example.com"
    return person(f"p{number}", **{"mail": login, "givenName": "Pat", "surname": f"No {number}", **cells})


def logins(*numbers: int) -> set[str]:
    return {f"p{number}@contoso.example.com" for number in numbers}


SETTINGS = """
base_url = "{url} "
scim_token = {{ env = "BACKEND_TOKEN" }}
default_role = "PROJECT_REQUESTER"
"""


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
def test_cycles_follow_people_and_an_unchanged_one_costs_no_write(tmp_path: Path, flag: bool) -> None:
    people = [staff(number) for number in range(8)]
    with world(tmp_path, "rfpio", SETTINGS, MAPPING) as running:
        first = running.cycle(*people, flag=flag)
        assert (first.exit_status, first.counts["created"]) == (0, 8)
        assert running.calls() == {"GET /Users": 1 + 8 + 8, "POST /Users": 8}, "test, match and look"
        accounts = running.accounts()
        assert accounts.keys() == logins(*range(8))
        assert all(user["roles"] == [{"value": "PROJECT_REQUESTER"}] for user in accounts.values())
        assert accounts["p1@contoso.example.com"]["name"] == {"givenName": "Pat", "familyName": "No 1"}

        assert running.cycle(*people, flag=flag).exit_status == 0
        assert running.calls() == {"GET /Users": 1}
        assert running.cycle(*people, flag=flag, full=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1, "GET /Users/{id}": 8}
        assert running.cycle(*people, flag=flag, restart=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1 + 8, "GET /Users/{id}": 8}, "matched again, compared, not written"

        people[0] = staff(0, jobTitle="Chief", surname="Changed")
        people[1] = staff(1, accountEnabled="false")
        changed = running.cycle(*people[:7], flag=flag)
        assert changed.exit_status == 0, changed.failures
        calls = running.calls()
        assert calls["PATCH /Users/{id}"] == 3, "one for each who differs"
        accounts = running.accounts()
        assert (accounts["p0@contoso.example.com"]["title"]) == "Chief"
        assert {login for login, user in accounts.items() if not user["active"]} == logins(1, 7)

        back = running.cycle(*[staff(0, jobTitle="Chief", surname="Changed"), *map(staff, range(1, 8))], flag=flag)
        assert back.exit_status == 0, back.failures
        assert all(user["active"] for user in running.accounts().values())
        moved = [staff(0, jobTitle="Chief", surname="Changed", userPrincipalName="new@contoso.example.com")]
        refused = running.cycle(*moved, *map(staff, range(1, 8)), flag=flag)
        [reason] = refused.failures.values()
        assert "userName cannot be changed" in reason
        assert running.accounts().keys() == logins(*range(8))


@pytest.mark.parametrize("switch", ["patch_supported=false", "patch_status=204"])
def test_a_create_whose_answer_was_lost_makes_one_account(tmp_path: Path, switch: str) -> None:
    with world(tmp_path, "rfpio", SETTINGS, MAPPING, switch) as running:
        running.control("POST", "switches", {"timeout_after_write": 1})
        running.cycle(staff(1), staff(2))
        assert running.cycle(staff(1, jobTitle="Chief"), staff(2)).exit_status == 0
        assert running.accounts().keys() == logins(1, 2)
        assert running.accounts()["p1@contoso.example.com"]["title"] == "Chief"


def test_scim_that_is_off_stops_the_cycle_with_a_sentence(tmp_path: Path) -> None:
    with world(tmp_path, "rfpio", SETTINGS, MAPPING, "scim_enabled=false") as running:
        report = running.cycle(staff(1))
        assert report.exit_status == 3
        assert "Auto User Provisioning is off" in str(report.as_json())


FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500, "after_effect": True},
    {"cut": True},
    {"cut": True, "after_effect": True},
    {"truncate": True},
    {"status": 429, "headers": {"retry-after": "1"}},
    {"status": 404, "body": "<html>Not found</html>"},
    {"status": 401, "body": "<html>Sign in</html>"},
]


def through_bad_days(running: World) -> None:
    """Cycles with every fault, until one goes through; the people stand there once, as they should."""
    seeds, refused = Random("bad days"), 0
    for people in ([staff(number) for number in range(8)], [staff(number, jobTitle="Chief") for number in range(6)]):
        for attempt in range(8):
            running.control("DELETE", "inject")
            for fault in FAULTS if attempt < 2 else ():
                for method in ("GET", "POST", "PATCH"):
                    told = {**fault, "operation": method, "times": seeds.randint(1, 2)}
                    running.control("POST", "inject", told)
            report = running.cycle(*people, full=attempt > 1)
            refused += report.exit_status != 0
            if report.exit_status == 0 and attempt > 1:
                break
        accounts = running.accounts()
        held = {login: user for login, user in accounts.items() if user["active"]}
        wanted = {one.user_principal_name: dict(running.mapping.values(one)) for one in people}
        assert held.keys() == wanted.keys()
        for login, values in wanted.items():
            for path in ("userName", "title") if "title" in values else ("userName",):
                assert held[login][path] == values[path]
    assert refused, "the faults were felt"


def test_a_cycle_over_bad_days_ends_in_the_right_state(tmp_path: Path) -> None:
    with world(tmp_path, "rfpio", SETTINGS, MAPPING) as running:
        through_bad_days(running)
